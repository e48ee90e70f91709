import { z } from 'zod'
import { isReservedMembership, isReservedRole } from './platform.ts'
import type { PsqlSession } from './psql.ts'
import type { Recorded } from './recorded.ts'
import { type RoleFacts, type RoleStatement, type RoleTarget, roleStatements } from './roles.ts'
import { quoteName, quoteText } from './statements.ts'
import type { Target } from './target.ts'

function roleTarget(target: Target): RoleTarget {
  const { server, database, user, roles } = target
  return { serverVersion: server.version, database, user, existing: roles }
}

/** Runs statements; an optional one that is refused is undone alone, and its lack shows in the verification. */
async function run(session: PsqlSession, statements: readonly RoleStatement[]): Promise<void> {
  const sql = statements.map((statement) =>
    statement.optional
      ? `DO ${quoteText(`BEGIN ${statement.sql}; EXCEPTION WHEN insufficient_privilege THEN NULL; END`)};\n`
      : `${statement.sql};\n`,
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
  await run(session, roleStatements(facts, roleTarget(target)))
}
