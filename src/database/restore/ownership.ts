import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import { literals } from '../facts/all.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { isReservedRole } from '../rules/platform.ts'
import { quoteName } from '../sql/statements.ts'
import { runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'

/** Rights taken only for the time of a restore, and what takes them back. */
export interface Loan {
  giveBack(): Promise<void>
}

const setOptionSince = 160_000

/**
 * Makes the session's role a member of custom roles, without which it can neither give objects to them nor drop
 * theirs. Roles that are themselves members of the session's role cannot be joined and are left.
 */
export async function joinRoles(
  session: PsqlSession,
  names: Iterable<string>,
  serverVersion: number,
): Promise<Loan> {
  const custom = [...new Set(names)].filter((name) => name !== '' && !isReservedRole(name))
  if (custom.length === 0) return { giveBack: async () => {} }
  const withSet = serverVersion >= setOptionSince
  const usable = withSet
    ? `pg_has_role(oid, 'USAGE') AND pg_has_role(oid, 'SET')`
    : `pg_has_role(oid, 'USAGE')`
  const roles = await session.rows(
    `SELECT rolname AS name FROM pg_catalog.pg_roles
      WHERE rolname IN (${literals(custom)}) AND NOT (${usable})
        AND NOT pg_has_role(rolname, (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user), 'MEMBER')`,
    z.object({ name: z.string() }),
  )
  const joining = ({ name }: { name: string }) => ({
    name,
    sql: `GRANT ${quoteName(name)} TO CURRENT_USER${withSet ? ' WITH INHERIT TRUE, SET TRUE' : ''}`,
  })
  // A role that another made may not be joined: then only what is given to it, or taken from it, is refused.
  const refused = new Set(
    (await runIgnoringPrivilegeErrors(session, roles.map(joining))).map(({ name }) => name),
  )
  const joined = roles.filter(({ name }) => !refused.has(name))
  const leave = joined.map(({ name }) => `REVOKE ${quoteName(name)} FROM CURRENT_USER;`)
  return { giveBack: () => session.run(leave.join('\n')) }
}

/** Owners of what is in the target's schemas, and grantors there: roles the wipe has to act as. */
export async function ownersOnTarget(session: PsqlSession): Promise<string[]> {
  const rows = await session.rows(
    `SELECT DISTINCT rolname AS name FROM pg_catalog.pg_shdepend JOIN pg_catalog.pg_roles r ON r.oid = refobjid
      WHERE refclassid = 'pg_catalog.pg_authid'::regclass AND deptype = 'o'
        AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())`,
    z.object({ name: z.string() }),
  )
  return rows.map((row) => row.name)
}

/**
 * Lets the owners of objects create in their schemas, which giving them an object asks for. Their own rights on the
 * schemas come later, with the dump's privileges.
 */
export async function lendSchemas(session: PsqlSession, entries: readonly ContentsEntry[]): Promise<Loan> {
  const owners = entries
    .filter((entry) => entry.namespace !== '' && entry.owner !== '')
    .map((entry) => `(${literals([entry.namespace])}, ${literals([entry.owner])})`)
  if (owners.length === 0) return { giveBack: async () => {} }
  const loans = await session.rows(
    `SELECT schema, owner FROM (VALUES ${[...new Set(owners)].join(', ')}) v (schema, owner)
      JOIN pg_catalog.pg_namespace ON nspname = schema JOIN pg_catalog.pg_roles r ON r.rolname = owner
      WHERE NOT has_schema_privilege(r.oid, nspname, 'CREATE')`,
    z.object({ schema: z.string(), owner: z.string() }),
  )
  const each = (verb: string, preposition: string) =>
    session.run(
      loans
        .map(
          (loan) =>
            `${verb} CREATE ON SCHEMA ${quoteName(loan.schema)} ${preposition} ${quoteName(loan.owner)};`,
        )
        .join('\n'),
    )
  await each('GRANT', 'TO')
  return { giveBack: () => each('REVOKE', 'FROM') }
}
