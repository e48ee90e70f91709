import type { PsqlSession } from '../connect/psql.ts'
import { type DatabaseGrant, databaseGrants } from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { configurableReservedRoles } from '../rules/platform.ts'
import { quoteName } from '../sql/statements.ts'
import { runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Target } from './target.ts'
import type { Weakening } from './weakened.ts'

/** A privilege on the database as a difference in it is named. */
export function databaseGrantName({ grantee, privilege }: DatabaseGrant): string {
  return `${privilege} on the database to ${grantee ?? 'PUBLIC'}`
}

/**
 * The privileges that a restore brings: of everybody, of the API's roles, and of the roles that the backup knows.
 * The platform's own roles keep what the target gave them.
 */
export function usersDatabaseGrants(
  grants: readonly DatabaseGrant[],
  roles: Iterable<string>,
): DatabaseGrant[] {
  const known = new Set([...roles, ...configurableReservedRoles.filter((name) => name !== 'postgres')])
  return grants.filter(({ grantee }) => grantee === null || known.has(grantee))
}

const grantKey = (grant: DatabaseGrant) => `${databaseGrantName(grant)} ${grant.grantable}`

/**
 * Privileges on the database as recorded: others of the same roles are revoked.
 * @returns what the target refused
 */
export async function restoreDatabaseGrants(
  session: PsqlSession,
  recorded: CatalogFacts,
  target: Target,
): Promise<Weakening[]> {
  // A generation of before says nothing about them.
  if (recorded.databaseGrants === null) return []
  const roles = recorded.roles.map(({ name }) => name)
  const wanted = usersDatabaseGrants(recorded.databaseGrants, roles)
  const present = usersDatabaseGrants(
    await session.rows(databaseGrants.sql(target.server) ?? '', databaseGrants.row),
    roles,
  )
  const [there, asked] = [new Set(present.map(grantKey)), new Set(wanted.map(grantKey))]
  const role = (name: string | null) => (name === null ? 'PUBLIC' : quoteName(name))
  const on = `ON DATABASE ${quoteName(target.database)}`
  const refusals = await runIgnoringPrivilegeErrors(session, [
    ...present
      .filter((grant) => !asked.has(grantKey(grant)))
      .map((grant) => ({
        name: `grant ${databaseGrantName(grant)}`,
        sql: `REVOKE ${grant.privilege} ${on} FROM ${role(grant.grantee)}`,
      })),
    ...wanted
      .filter((grant) => !there.has(grantKey(grant)))
      .map((grant) => ({
        name: `grant ${databaseGrantName(grant)}`,
        sql: `GRANT ${grant.privilege} ${on} TO ${role(grant.grantee)}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
      })),
  ])
  return refusals.map((refusal) => ({ kind: 'refused', ...refusal }))
}
