import { z } from 'zod'
import { attempt } from './attempt.ts'
import { databaseSettings, roleSettings, type Setting } from './facts.ts'
import { isReservedMembership, isReservedRole } from './platform.ts'
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
 * Memberships and settings as recorded. Memberships between recorded roles that the backup does not have are revoked;
 * roles it does not know are left alone.
 */
export async function finishRoles(session: PsqlSession, recorded: Recorded, target: Target): Promise<void> {
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
  const facts: RoleFacts = { roles: [], memberships: recorded.memberships, settings: recorded.settings }
  await resetSettings(session, recorded, target)
  await run(session, roleStatements(facts, roleTarget(target)))
}

/** Takes back settings of the recorded roles and of the database that the backup does not have. */
async function resetSettings(session: PsqlSession, recorded: Recorded, target: Target): Promise<void> {
  const key = ({ role, database, name }: Setting) => JSON.stringify([role, database !== null, name])
  const wanted = new Set(recorded.settings.map(key))
  const known = new Set<string | null>([null, ...recorded.roles.map(({ name }) => name)])
  const present: Setting[] = []
  for (const fact of [roleSettings, databaseSettings]) {
    const sql = fact.sql(target.server)
    if (sql !== undefined) present.push(...(await session.rows(sql, fact.row)))
  }
  const surplus = present.filter(
    (setting) => known.has(setting.role) && isRestorable(setting) && !wanted.has(key(setting)),
  )
  const subject = ({ role, database }: Setting) =>
    role === null
      ? `DATABASE ${quoteName(target.database)}`
      : `ROLE ${quoteName(role)}${database === null ? '' : ` IN DATABASE ${quoteName(target.database)}`}`
  const resets = surplus.map(
    (setting) => `ALTER ${subject(setting)} RESET ${quoteName(...setting.name.split('.'))};\n`,
  )
  const comment = recorded.databaseComment === null ? 'NULL' : quoteText(recorded.databaseComment)
  await session.run(`${resets.join('')}COMMENT ON DATABASE ${quoteName(target.database)} IS ${comment};\n`)
}
