import pg from 'pg'
import { type Finding, finding } from '../../common/findings.ts'
import type { Membership, Role, Setting } from '../facts/roles.ts'
import {
  configurableReservedRoles,
  isPlatformSetting,
  isReservedMembership,
  isReservedRole,
  isRestorableSetting,
} from './platform.ts'

/** Custom roles with all that belongs to them. */
export interface RoleFacts {
  roles: readonly Role[]
  memberships: readonly Membership[]
  /** Of roles, and of the database. */
  settings: readonly Setting[]
}

export interface RoleTarget {
  /** `server_version_num` of the server the statements are for. */
  serverVersion: number
  /** The database whose settings are meant; settings in another database are not restored. */
  database: string
  /** Who will run the statements. */
  user: string
  /** Roles that are there already: altered instead of created. */
  existing: ReadonlySet<string>
}

export interface RoleStatement {
  /** What it is about, as a difference in it is named: `role reader: bypassRls`, `membership reader to anon`. */
  name: string
  sql: string
  /**
   * Whether a server may refuse it to role `postgres` although nothing is wrong: the restore goes on without, and
   * says so.
   */
  optional: boolean
}

const name = pg.escapeIdentifier
const text = pg.escapeLiteral

/** Variables whose stored value is a list of quoted names (GUC_LIST_QUOTE in PostgreSQL's guc_tables.c). */
const listSettings = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]

/**
 * The statements that bring custom roles back as role `postgres` of a hosted project can run them: no GRANTED BY, no
 * attribute that takes a right away from a new role, no change of a platform role but for its allowed settings.
 */
export function roleStatements(facts: RoleFacts, target: RoleTarget): RoleStatement[] {
  return [
    ...facts.roles.flatMap((role) => createRole(role, target.existing.has(role.name))),
    ...facts.memberships.filter(isRestorableMembership).flatMap((each) => grantMembership(each, target)),
    ...facts.settings
      .filter((setting) => isRestorable(setting) && !forbidsWrites(setting))
      .map((setting) => optional(settingName(setting), alterSetting(setting, target.database))),
  ]
}

/** What has to be done by hand after a restore, or cannot be had at all. */
export function roleFindings(facts: RoleFacts, options: { passwordsReadable: boolean }): Finding[] {
  const found = (kind: string, message: string, names: string[]) =>
    names.length === 0 ? [] : [finding({ component: 'database', severity: 'manual', kind, message, names })]
  const logins = facts.roles.filter(({ login }) => login).map((role) => role.name)
  return [
    ...found(
      'role-password-unreadable',
      'Passwords of these roles cannot be read; set them by hand after a restore (ALTER ROLE … PASSWORD).',
      options.passwordsReadable ? [] : logins,
    ),
    ...found(
      'role-superuser',
      'These roles are superusers, which a hosted project does not allow; they come back without that right.',
      facts.roles.filter(({ superuser }) => superuser).map((role) => role.name),
    ),
    ...found(
      'membership-reserved',
      'Memberships in these platform roles can only be granted by a superuser.',
      facts.memberships
        .filter((each) => !isRestorableMembership(each))
        .map(({ role, member }) => `${role} to ${member}`),
    ),
    ...found(
      'setting-unrestorable',
      'These settings of roles or of the database can only be made by a superuser; ask Supabase support, or do without.',
      facts.settings
        .filter((setting) => isUserSetting(setting) && !isRestorable(setting))
        .map((setting) =>
          alterSetting({ ...setting, value: '' }, setting.database ?? '').replace(/ TO ''$/, ''),
        ),
    ),
  ]
}

/** `roles.sql`, for reading and for use by hand in an empty project. */
export function renderRoles(statements: readonly RoleStatement[]): string {
  const header =
    '-- Custom roles, their memberships and settings, for an empty project. Made from the catalog; run as role postgres.\n'
  return header + statements.map(({ sql }) => `${sql};\n`).join('')
}

function optional(name: string, sql: string): RoleStatement {
  return { name, sql, optional: true }
}

/** Since PostgreSQL 16 a role's maker is its member, without any use of it. */
export function isMaker({ member, inherit, set }: Membership, user: string): boolean {
  return member === user && inherit === false && set === false
}

/** A membership as a difference in it is named. */
export function membershipName({ role, member }: Pick<Membership, 'role' | 'member'>): string {
  return `membership ${role} to ${member}`
}

/** A setting as a difference in it is named. */
export function settingName({ role, database, name: parameter }: Setting): string {
  return `setting ${parameter} of ${role ?? 'the database'}${role && database ? ' in the database' : ''}`
}

function createRole(role: Role, exists: boolean): RoleStatement[] {
  const attributes = [
    // NOINHERIT takes nothing from a role made a moment ago, and no server refuses it.
    role.inherit ? 'INHERIT' : 'NOINHERIT',
    attribute(role.login, 'LOGIN', exists),
    attribute(role.createDatabase, 'CREATEDB', exists),
    attribute(role.createRole, 'CREATEROLE', exists),
    exists || role.connectionLimit !== -1 ? `CONNECTION LIMIT ${role.connectionLimit}` : '',
    role.validUntil === null ? '' : `VALID UNTIL ${text(role.validUntil)}`,
    role.password === null ? '' : `PASSWORD ${text(role.password)}`,
  ].filter((part) => part !== '')
  const verb = `${exists ? 'ALTER' : 'CREATE'} ROLE ${name(role.name)} WITH`
  return [
    // A role that is there already may be another's, whom nobody but its maker can change.
    { name: `role ${role.name}`, sql: `${verb} ${attributes.join(' ')}`, optional: exists },
    ...privilegedAttributes(role, exists),
    ...(role.comment === null && !exists
      ? []
      : [
          optional(
            `role ${role.name}: comment`,
            `COMMENT ON ROLE ${name(role.name)} IS ${role.comment === null ? 'NULL' : text(role.comment)}`,
          ),
        ]),
  ]
}

/** Attributes that only a superuser may give before PostgreSQL 16, and only who has them itself since. */
function privilegedAttributes(role: Role, exists: boolean): RoleStatement[] {
  return (
    [
      ['replication', 'REPLICATION'],
      ['bypassRls', 'BYPASSRLS'],
    ] as const
  ).flatMap(([key, word]) =>
    role[key] || exists
      ? [
          optional(
            `role ${role.name}: ${key}`,
            `ALTER ROLE ${name(role.name)} WITH ${attribute(role[key], word, true)}`,
          ),
        ]
      : [],
  )
}

function attribute(given: boolean, word: string, exists: boolean): string {
  if (given) return word
  return exists ? `NO${word}` : ''
}

export function isRestorableMembership({ role }: Membership): boolean {
  return !isReservedMembership(role)
}

/**
 * Since PostgreSQL 16 who creates a role gets ADMIN of it from the bootstrap superuser, and may not grant that to
 * itself again; INHERIT and SET it may.
 */
function grantMembership(
  { role, member, admin, inherit, set }: Membership,
  target: RoleTarget,
): RoleStatement[] {
  const grant = `GRANT ${name(role)} TO ${name(member)}`
  const self = member === target.user
  const made = (sql: string) => [optional(membershipName({ role, member }), sql)]
  // What PostgreSQL 16 gave to who created the role.
  if (self && inherit === false && set === false) return []
  if (target.serverVersion < 160_000) {
    const given = admin && !(self && inherit !== null)
    return made(given ? `${grant} WITH ADMIN OPTION` : grant)
  }
  if (inherit === null || set === null) return made(admin && !self ? `${grant} WITH ADMIN TRUE` : grant)
  const options = [
    ...(self ? [] : [`ADMIN ${truth(admin)}`]),
    `INHERIT ${truth(inherit)}`,
    `SET ${truth(set)}`,
  ]
  return made(`${grant} WITH ${options.join(', ')}`)
}

function truth(value: boolean): string {
  return value ? 'TRUE' : 'FALSE'
}

/** Settings of reserved roles that nobody but the platform can make are the platform's business. */
function isUserSetting({ role, name }: Setting): boolean {
  if (isPlatformSetting(role, name)) return false
  return role === null || !isReservedRole(role) || configurableReservedRoles.includes(role)
}

export function isRestorable(setting: Setting): boolean {
  return isUserSetting(setting) && isRestorableSetting(setting.name, setting.context)
}

/**
 * Whether a setting is that of a database in which nobody is to write any more, such as one that is moved. No restore makes
 * it: with it the target's services could not take the files back, nor sign anybody in.
 */
export function forbidsWrites({ role, name, value }: Setting): boolean {
  return role === null && name === 'default_transaction_read_only' && !/^(?:of|f|n|0)/i.test(value)
}

function alterSetting({ role, database, name: parameter, value }: Setting, current: string): string {
  const subject =
    role === null
      ? `DATABASE ${name(current)}`
      : `ROLE ${name(role)}${database === null ? '' : ` IN DATABASE ${name(current)}`}`
  const quoted = parameter.split('.').map(name).join('.')
  const values = listSettings.includes(parameter.toLowerCase())
    ? splitNames(value).map(text).join(', ')
    : text(value)
  return `ALTER ${subject} SET ${quoted} TO ${values === '' ? "''" : values}`
}

/** `"$user", public, "a ""b"""` → `$user`, `public`, `a "b"`. */
function splitNames(list: string): string[] {
  return [...list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^,]*?))\s*(?:,|$)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}
