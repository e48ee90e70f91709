import { z } from 'zod'
import { attempt } from './attempt.ts'
import type { DatabaseConnection } from './connection.ts'
import { databaseSettings, roleSettings, type Setting } from './facts.ts'
import { isReservedMembership, isReservedRole } from './platform.ts'
import { withSuperuser } from './privileged.ts'
import type { PsqlSession } from './psql.ts'
import type { Recorded } from './recorded.ts'
import { isRestorable, type RoleFacts, type RoleStatement, type RoleTarget, roleStatements } from './roles.ts'
import { quoteName, quoteText } from './statements.ts'
import type { Target } from './target.ts'

function roleTarget(target: Target): RoleTarget {
  const { server, database, user, roles } = target
  return { serverVersion: server.version, database, user, existing: roles }
}

/** Runs statements; an optional one that is refused is undone alone, and its lack shows in the verification. */
async function run(session: PsqlSession, statements: readonly RoleStatement[]): Promise<void> {
  const sql = statements.map((statement) =>
    statement.optional ? attempt(statement.sql) : `${statement.sql};\n`,
  )
  if (sql.length > 0) await session.run(sql.join(''))
}

/** Creates the recorded custom roles, or gives those that exist the recorded attributes. */
export async function createRoles(session: PsqlSession, recorded: Recorded, target: Target): Promise<void> {
  const facts: RoleFacts = { roles: recorded.roles, memberships: [], settings: [] }
  await run(session, roleStatements(facts, roleTarget(target)))
}

/**
 * Memberships as recorded. Those between recorded roles that the backup does not have are revoked;
 * roles it does not know are left alone.
 */
export async function restoreMemberships(
  session: PsqlSession,
  recorded: Recorded,
  target: Target,
): Promise<void> {
  const known = new Set(recorded.roles.map(({ name }) => name))
  const wanted = new Set(recorded.memberships.map(({ role, member }) => JSON.stringify([role, member])))
  const present = await session.rows(
    `SELECT r.rolname AS role, u.rolname AS member, u.rolname = current_user AS own FROM pg_catalog.pg_auth_members m
      JOIN pg_catalog.pg_roles r ON r.oid = roleid JOIN pg_catalog.pg_roles u ON u.oid = member`,
    z.object({ role: z.string(), member: z.string(), own: z.boolean() }),
  )
  const surplus = present.filter(
    ({ role, member, own }) =>
      !own &&
      (known.has(role) || known.has(member)) &&
      (known.has(role) || isReservedRole(role)) &&
      (known.has(member) || isReservedRole(member)) &&
      !isReservedMembership(role) &&
      !wanted.has(JSON.stringify([role, member])),
  )
  await session.run(
    surplus.map(({ role, member }) => `REVOKE ${quoteName(role)} FROM ${quoteName(member)};\n`).join(''),
  )
  await run(
    session,
    roleStatements({ roles: [], memberships: recorded.memberships, settings: [] }, roleTarget(target)),
  )
}

const keyOf = ({ role, database, name }: Setting) => JSON.stringify([role, database !== null, name])

/**
 * Settings of roles and of the database, and its comment, as recorded. Those of the recorded roles and of the database
 * that the backup does not have are taken back; those that are as recorded are left alone.
 * @param superuser of a sandbox, where postgres may not set anything for a platform role
 * @returns names of what was set as superuser
 */
export async function restoreSettings(
  session: PsqlSession,
  recorded: Recorded,
  target: Target,
  superuser: DatabaseConnection | undefined,
): Promise<string[]> {
  const present = new Map<string, Setting>()
  for (const fact of [roleSettings, databaseSettings]) {
    const sql = fact.sql(target.server)
    if (sql !== undefined) for (const row of await session.rows(sql, fact.row)) present.set(keyOf(row), row)
  }
  const wanted = new Set(recorded.settings.map(keyOf))
  const known = new Set<string | null>([null, ...recorded.roles.map(({ name }) => name)])
  const surplus = [...present.values()].filter(
    (setting) => known.has(setting.role) && isRestorable(setting) && !wanted.has(keyOf(setting)),
  )
  const comment = recorded.databaseComment === null ? 'NULL' : quoteText(recorded.databaseComment)
  await session.run(
    `${surplus.map((setting) => resetSetting(setting, target)).join('')}COMMENT ON DATABASE ${quoteName(target.database)} IS ${comment};\n`,
  )
  const changed = recorded.settings.filter((setting) => present.get(keyOf(setting))?.value !== setting.value)
  const ofPlatform = ({ role }: Setting) => role !== null && role !== target.user && isReservedRole(role)
  const make = (settings: readonly Setting[]) =>
    run(session, roleStatements({ roles: [], memberships: [], settings }, roleTarget(target)))
  await make(changed.filter((setting) => !ofPlatform(setting)))
  const platform = changed.filter((setting) => ofPlatform(setting) && isRestorable(setting))
  if (!superuser || platform.length === 0) {
    await make(platform)
    return []
  }
  await withSuperuser(superuser, session, target.user, () => make(platform))
  return platform.map(({ role, name }) => `ROLE ${role} SET ${name}`)
}

function resetSetting({ role, database, name }: Setting, target: Target): string {
  const current = quoteName(target.database)
  const subject =
    role === null
      ? `DATABASE ${current}`
      : `ROLE ${quoteName(role)}${database === null ? '' : ` IN DATABASE ${current}`}`
  return `ALTER ${subject} RESET ${quoteName(...name.split('.'))};\n`
}
