import { z } from 'zod'
import { type Fact, reservedRole } from './fact.ts'

export const roleRow = z.object({
  name: z.string(),
  superuser: z.boolean(),
  inherit: z.boolean(),
  createRole: z.boolean(),
  createDatabase: z.boolean(),
  login: z.boolean(),
  replication: z.boolean(),
  bypassRls: z.boolean(),
  /** -1 for no limit. */
  connectionLimit: z.number().int(),
  /** ISO 8601 or `infinity`. */
  validUntil: z.string().nullable(),
  /** SCRAM or MD5 verifier; null for a role without password, or when verifiers cannot be read. */
  password: z.string().nullable(),
  comment: z.string().nullable(),
})
export type Role = z.infer<typeof roleRow>

/** Whether the session may read password verifiers; if not, `password` is null in every row. */
export const canReadPasswords = `pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')`

/** Custom roles: those the platform did not make. */
export function rolesFact(options: { passwords: boolean }): Fact<Role> {
  const source = options.passwords ? 'pg_catalog.pg_authid' : 'pg_catalog.pg_roles'
  const password = options.passwords ? 'r.rolpassword' : 'null::text'
  return {
    file: 'roles.jsonl',
    row: roleRow,
    sql: () => `select r.rolname::text as name, r.rolsuper as superuser, r.rolinherit as inherit,
        r.rolcreaterole as "createRole", r.rolcreatedb as "createDatabase", r.rolcanlogin as login,
        r.rolreplication as replication, r.rolbypassrls as "bypassRls", r.rolconnlimit as "connectionLimit",
        case when isfinite(r.rolvaliduntil) then to_char(r.rolvaliduntil at time zone 'UTC',
          'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') else r.rolvaliduntil::text end as "validUntil",
        ${password} as password, pg_catalog.shobj_description(r.oid, 'pg_authid') as comment
      from ${source} r where not ${reservedRole('r.rolname::text')} order by 1`,
  }
}

export const membershipRow = z.object({
  /** The role that was granted, and who is its member. */
  role: z.string(),
  member: z.string(),
  admin: z.boolean(),
  /** From PostgreSQL 16; null before, where the member's own INHERIT decides and SET is always possible. */
  inherit: z.boolean().nullable(),
  set: z.boolean().nullable(),
})
export type Membership = z.infer<typeof membershipRow>

/**
 * Memberships with a custom role on either side. One row a pair: the same membership granted by several roles
 * (PostgreSQL 16) is what all its grants together allow.
 */
export const memberships: Fact<Membership> = {
  file: 'memberships.jsonl',
  row: membershipRow,
  sql: ({ version }) => {
    const options = version >= 160_000 ? ['m.inherit_option', 'm.set_option'] : ['null', 'null']
    return `select g.rolname::text as role, u.rolname::text as member, bool_or(m.admin_option) as admin,
        bool_or(${options[0]}) as inherit, bool_or(${options[1]}) as set
      from pg_catalog.pg_auth_members m
      join pg_catalog.pg_roles g on g.oid = m.roleid
      join pg_catalog.pg_roles u on u.oid = m.member
      where not ${reservedRole('g.rolname::text')} or not ${reservedRole('u.rolname::text')}
      group by 1, 2 order by 1, 2`
  },
}

export const settingRow = z.object({
  /** Null for a setting of the database. */
  role: z.string().nullable(),
  /** The current database's name, or null for a setting in all databases. */
  database: z.string().nullable(),
  name: z.string(),
  value: z.string(),
  /** `pg_settings.context`; null for a parameter the server does not know, such as `app.anything`. */
  context: z.string().nullable(),
})
export type Setting = z.infer<typeof settingRow>

/** The value of `setconfig` begins after the first `=`; a list-valued one (search_path) is stored quoted. */
function settings(file: string, condition: string): Fact<Setting> {
  return {
    file,
    row: settingRow,
    sql: () => `select r.rolname::text as role, d.datname::text as database, part.name,
        substr(entry, length(part.name) + 2) as value, known.context
      from pg_catalog.pg_db_role_setting s
      cross join lateral unnest(s.setconfig) entry
      cross join lateral (select split_part(entry, '=', 1) as name) part
      left join pg_catalog.pg_roles r on r.oid = s.setrole
      left join pg_catalog.pg_database d on d.oid = s.setdatabase
      left join pg_catalog.pg_settings known on lower(known.name) = lower(part.name)
      where (s.setdatabase = 0 or d.datname = pg_catalog.current_database()) and ${condition}
      order by 1, 2, 3`,
  }
}

/** `ALTER ROLE … [IN DATABASE …] SET`, of custom and of platform roles. */
export const roleSettings = settings('role-settings.jsonl', 's.setrole <> 0')

/** `ALTER DATABASE … SET`. */
export const databaseSettings = settings('database-settings.jsonl', 's.setrole = 0')
