import { z } from 'zod'
import { type Fact, privilegeSchema } from './fact.ts'

const mappingRow = z.object({
  server: z.string(),
  /** Null for PUBLIC. */
  user: z.string().nullable(),
  /** `user=reader`, `password=…`, in their order; null where there are none, or where they cannot be read. */
  options: z.array(z.string()).nullable(),
  readable: z.boolean(),
})
export type UserMapping = z.infer<typeof mappingRow>

/**
 * User mappings of foreign servers with their options, which pg_dump sees only of its own role. The catalog itself can be
 * read by whom may read all data, and of a view that shows less it is known what it shows to whom.
 */
export const userMappings: Fact<UserMapping> = {
  file: 'user-mappings.jsonl',
  row: mappingRow,
  sql: ({ relations }) =>
    relations.has('pg_catalog.pg_user_mapping')
      ? `select s.srvname::text as server, r.rolname::text as user, m.umoptions as options, true as readable
         from pg_catalog.pg_user_mapping m join pg_catalog.pg_foreign_server s on s.oid = m.umserver
         left join pg_catalog.pg_roles r on r.oid = m.umuser order by 1, 2`
      : `select m.srvname::text as server, nullif(m.usename::text, 'public') as user, m.umoptions as options,
           m.umoptions is not null or (m.umuser <> 0 and m.usename = current_user
             and pg_catalog.has_server_privilege(s.oid, 'USAGE')) or
           (m.umuser in (0, (select oid from pg_catalog.pg_roles where rolname = current_user))
             and pg_catalog.pg_has_role(s.srvowner, 'USAGE')) as readable
         from pg_catalog.pg_user_mappings m join pg_catalog.pg_foreign_server s on s.oid = m.srvid order by 1, 2`,
}

const subscriptionRow = z.object({
  name: z.string(),
  owner: z.string(),
  enabled: z.boolean(),
  publications: z.array(z.string()),
  slot: z.string().nullable(),
  /** The connection string, with its password; null where it cannot be read. */
  connection: z.string().nullable(),
})
export type Subscription = z.infer<typeof subscriptionRow>

/** Subscriptions of the database, which pg_dump leaves out for whoever is no superuser. */
export const subscriptions: Fact<Subscription> = {
  file: 'subscriptions.jsonl',
  row: subscriptionRow,
  sql: ({ relations }) => `select subname::text as name, pg_catalog.pg_get_userbyid(subowner)::text as owner,
      subenabled as enabled, subpublications as publications, subslotname::text as slot,
      ${relations.has('pg_catalog.pg_subscription') ? 'subconninfo' : 'null::text'} as connection
    from pg_catalog.pg_subscription
    where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) order by 1`,
}

const databaseGrantRow = z.object({
  /** Null for PUBLIC. */
  grantee: z.string().nullable(),
  privilege: privilegeSchema,
  grantable: z.boolean(),
})
export type DatabaseGrant = z.infer<typeof databaseGrantRow>

/** Privileges on the database itself, those that nobody had to grant included; no dump without --create carries them. */
export const databaseGrants: Fact<DatabaseGrant> = {
  file: 'database-grants.jsonl',
  row: databaseGrantRow,
  sql: () => `select r.rolname::text as grantee, x.privilege_type as privilege, bool_or(x.is_grantable) as grantable
    from pg_catalog.pg_database d
    cross join lateral pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) x
    left join pg_catalog.pg_roles r on r.oid = x.grantee
    where d.datname = pg_catalog.current_database() and x.grantee <> d.datdba group by 1, 2 order by 1, 2`,
}
