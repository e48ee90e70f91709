import { z } from 'zod'
import { dataSchemas, extensibleSchemas } from '../rules/platform.ts'
import { type Fact, literals, managedSchema, privilegeSchema, reservedRole } from './fact.ts'

const triggerRow = z.object({
  /** Object identifiers are the origin's: they find the entry in the dump's table of contents. */
  oid: z.number(),
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  functionSchema: z.string(),
  functionName: z.string(),
  /** O origin and local, D disabled, R replica, A always. */
  enabled: z.string(),
  definition: z.string(),
})

/**
 * Triggers on auth, storage and realtime tables. The function's schema tells whose a trigger is: the platform's call
 * functions of their own schema, a user's calls one elsewhere.
 */
export const managedTriggers: Fact<z.infer<typeof triggerRow>> = {
  file: 'managed-triggers.jsonl',
  row: triggerRow,
  sql: () => `select t.oid, n.nspname::text as schema, c.relname::text as table, t.tgname::text as name,
      fn.nspname::text as "functionSchema", f.proname::text as "functionName", t.tgenabled::text as enabled,
      pg_catalog.pg_get_triggerdef(t.oid) as definition
    from pg_catalog.pg_trigger t
    join pg_catalog.pg_class c on c.oid = t.tgrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_proc f on f.oid = t.tgfoid
    join pg_catalog.pg_namespace fn on fn.oid = f.pronamespace
    where not t.tgisinternal and t.tgparentid = 0 and n.nspname in (${literals(extensibleSchemas)})
    order by 2, 3, 4`,
}

const policyRow = z.object({
  oid: z.number(),
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  permissive: z.boolean(),
  /** `*` all, r select, a insert, w update, d delete. */
  command: z.string(),
  roles: z.array(z.string()),
  using: z.string().nullable(),
  check: z.string().nullable(),
})

/** Policies on auth, storage and realtime tables: the platform ships none there. */
export const managedPolicies: Fact<z.infer<typeof policyRow>> = {
  file: 'managed-policies.jsonl',
  row: policyRow,
  sql: () => `select p.oid, n.nspname::text as schema, c.relname::text as table, p.polname::text as name,
      p.polpermissive as permissive, p.polcmd::text as command,
      array(select case when m = 0 then 'public' else r.rolname::text end
        from unnest(p.polroles) m left join pg_catalog.pg_roles r on r.oid = m order by 1) as roles,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using,
      pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check
    from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname in (${literals(extensibleSchemas)})
    order by 2, 3, 4`,
}

const columnRow = z.object({
  schema: z.string(),
  table: z.string(),
  column: z.string(),
  position: z.number().int(),
  /** As `format_type` gives it, e.g. `timestamp with time zone`. */
  type: z.string(),
  notNull: z.boolean(),
  /** Stored (`s`) or virtual (`v`) generated column; empty otherwise. */
  generated: z.string(),
  /** Identity `a` (always) or `d` (by default); empty otherwise. */
  identity: z.string(),
  /** The default's or the generation's expression. */
  default: z.string().nullable(),
})

/** Columns of the auth and storage tables, which differ between projects with the versions of their services. */
export const managedColumns: Fact<z.infer<typeof columnRow>> = {
  file: 'managed-columns.jsonl',
  row: columnRow,
  sql: () => `select n.nspname::text as schema, c.relname::text as table, a.attname::text as column,
      a.attnum::int as position, pg_catalog.format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as "notNull",
      a.attgenerated::text as generated, a.attidentity::text as identity,
      pg_catalog.pg_get_expr(d.adbin, d.adrelid) as default
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where n.nspname in (${literals(dataSchemas)}) and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
    order by 1, 2, 4`,
}

const wrapper = 'foreign data wrapper'

const grantRow = z.object({
  kind: z.enum(['schema', 'relation', 'column', 'function', wrapper]),
  /** Empty of what is in none. */
  schema: z.string(),
  /** The relation's name, or the function's with its argument types; null for the schema itself. */
  object: z.string().nullable(),
  column: z.string().nullable(),
  grantee: z.string(),
  privilege: privilegeSchema,
  grantable: z.boolean(),
})

export type ManagedGrant = z.infer<typeof grantRow>

/** SQL: privileges on the objects `e` of schemas `n`, given by `x.grantor` to role `g`, which is null for PUBLIC. */
function grantsWhere(condition: string): string {
  return `select e.kind, n.nspname::text as schema, e.object, e.column, coalesce(g.rolname::text, 'public') as grantee,
      x.privilege_type as privilege, bool_or(x.is_grantable) as grantable
    from pg_catalog.pg_namespace n
    cross join lateral (
      select 'schema' as kind, null::text as object, null::text as column, n.nspacl as acl
      union all
      select 'relation', c.relname::text, null, c.relacl from pg_catalog.pg_class c where c.relnamespace = n.oid
      union all
      select 'column', c.relname::text, a.attname::text, a.attacl from pg_catalog.pg_class c
        join pg_catalog.pg_attribute a on a.attrelid = c.oid where c.relnamespace = n.oid and a.attacl is not null
      union all
      select 'function', f.proname || '(' || pg_catalog.pg_get_function_identity_arguments(f.oid) || ')', null, f.proacl
        from pg_catalog.pg_proc f where f.pronamespace = n.oid
    ) e
    cross join lateral pg_catalog.aclexplode(e.acl) x
    left join pg_catalog.pg_roles g on g.oid = x.grantee
    where (g.oid is not null or x.grantee = 0) and ${condition}
    group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6`
}

const ofServices = `n.nspname in (${literals(extensibleSchemas)})`

/** Privileges of custom roles on auth, storage and realtime objects, whoever gave them. */
export const managedGrants: Fact<ManagedGrant> = {
  file: 'managed-grants.jsonl',
  row: grantRow,
  sql: () => grantsWhere(`g.oid is not null and ${ofServices} and not ${reservedRole('g.rolname::text')}`),
}

/**
 * Privileges that role postgres itself gave to the platform's roles and to PUBLIC there, and on the schema extensions, which it
 * owns: those that come with a project are the services' own to give.
 */
export const serviceGrants: Fact<ManagedGrant> = {
  file: 'service-grants.jsonl',
  row: grantRow,
  sql: () =>
    grantsWhere(`(${ofServices} or (n.nspname = 'extensions' and e.kind = 'schema'))
      and (g.oid is null or ${reservedRole('g.rolname::text')})
      and x.grantor = (select o.oid from pg_catalog.pg_roles o where o.rolname = 'postgres')`),
}

const postgresItself = `(select o.oid from pg_catalog.pg_roles o where o.rolname = 'postgres')`

/** SQL: who may use the foreign data wrappers of extensions and of the platform, which no dump's own privileges are restored of. */
const ofWrappers = `select '${wrapper}' as kind, '' as schema, w.fdwname::text as object, null::text as column,
    coalesce(g.rolname::text, 'public') as grantee, x.privilege_type as privilege, bool_or(x.is_grantable) as grantable
  from pg_catalog.pg_foreign_data_wrapper w cross join lateral pg_catalog.aclexplode(w.fdwacl) x
  left join pg_catalog.pg_roles g on g.oid = x.grantee
  where x.grantee <> w.fdwowner and (g.oid is not null or x.grantee = 0)
    and (pg_catalog.pg_get_userbyid(w.fdwowner) <> 'postgres' and ${reservedRole('pg_catalog.pg_get_userbyid(w.fdwowner)::text')}
      or exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass
        and d.objid = w.oid and d.deptype = 'e'))
  group by 1, 2, 3, 4, 5, 6`

/** Whether a target may have it beside those of the backup: the platform gives role postgres what an older origin has not, and older backups know none. */
export function isOfWrapper({ kind }: ManagedGrant): boolean {
  return kind === wrapper
}

/**
 * Privileges in the platform's other schemas (extensions, net, cron, vault, …): those of custom roles, and what role postgres gave
 * to the API's roles and to PUBLIC; and those of foreign data wrappers. The schema extensions itself is among the ones above.
 */
export const platformGrants: Fact<ManagedGrant> = {
  file: 'platform-grants.jsonl',
  row: grantRow,
  sql: () =>
    `${ofWrappers} union all (${grantsWhere(`${managedSchema('n.nspname::text')} and not ${ofServices} and x.grantee <> x.grantor
      and (g.oid is not null and not ${reservedRole('g.rolname::text')} or x.grantor = ${postgresItself}
        and (g.oid is null and e.kind <> 'function' or g.rolname in ('anon', 'authenticated', 'service_role'))
        and not (n.nspname = 'extensions' and e.kind = 'schema'))`)}) order by 1, 2, 3, 4, 5, 6`,
}

const commentRow = z.object({
  kind: z.enum(['EXTENSION', 'SCHEMA']),
  name: z.string(),
  /** Null where the one it comes with was taken away. */
  comment: z.string().nullable(),
  /** The one it comes with. */
  standard: z.string().nullable(),
})
export type PlatformComment = z.infer<typeof commentRow>

/** Comments on extensions that are not those they come with, and on schemas of the platform that are not the platform's own. */
export const platformComments: Fact<PlatformComment> = {
  file: 'platform-comments.jsonl',
  row: commentRow,
  sql: () => `select * from (
      select 'EXTENSION' as kind, e.extname::text as name, pg_catalog.obj_description(e.oid, 'pg_extension') as comment,
        a.comment as standard
      from pg_catalog.pg_extension e join pg_catalog.pg_available_extensions a on a.name = e.extname
      union all
      select 'SCHEMA', n.nspname::text, pg_catalog.obj_description(n.oid, 'pg_namespace'), null
      from pg_catalog.pg_namespace n
      where ${managedSchema('n.nspname::text')} and (pg_catalog.pg_get_userbyid(n.nspowner) = 'postgres'
        or not ${reservedRole('pg_catalog.pg_get_userbyid(n.nspowner)::text')})
    ) every where comment is distinct from standard order by 1, 2`,
}
