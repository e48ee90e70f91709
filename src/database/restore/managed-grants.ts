import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { managedGrants, type Server, serviceGrants } from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { quoteName } from '../sql/statements.ts'
import { ignorePrivilegeError } from './ignore-privilege-error.ts'

type Grant = CatalogFacts['managedGrants'][number]

function target({ kind, schema, object, column, privilege }: Grant): string {
  if (kind === 'schema' || object === null) return `${privilege} ON SCHEMA ${quoteName(schema)}`
  if (kind === 'function') return `${privilege} ON FUNCTION ${quoteName(schema)}.${object}`
  if (column !== null) return `${privilege} (${quoteName(column)}) ON TABLE ${quoteName(schema, object)}`
  // USAGE is the one privilege of sequences that tables do not have.
  return `${privilege} ON ${privilege === 'USAGE' ? 'SEQUENCE' : 'TABLE'} ${quoteName(schema, object)}`
}

/** PUBLIC is no role: in quotes it would be the name of one. */
const granteeOf = ({ grantee }: Grant) => (grantee === 'public' ? 'PUBLIC' : quoteName(grantee))

const keyOf = (grant: Grant) =>
  `${target(grant)} TO ${grant.grantee}${grant.grantable ? ' WITH GRANT OPTION' : ''}`

/**
 * Makes the privileges on objects of auth, storage and realtime those recorded: of the recorded custom roles, and what role
 * postgres gave to roles of the platform. What the platform does not let role postgres grant is reported.
 */
export async function restoreManagedGrants(
  session: PsqlSession,
  recorded: CatalogFacts,
  server: Server,
): Promise<Finding[]> {
  const roles = new Set(recorded.roles.map(({ name }) => name))
  const refused = await makeGrants(
    session,
    recorded.managedGrants,
    managedGrants.sql(server),
    ({ grantee }) => roles.has(grantee),
  )
  if (recorded.serviceGrants !== null)
    refused.push(
      ...(await makeGrants(session, recorded.serviceGrants, serviceGrants.sql(server), () => true)),
    )
  if (refused.length === 0) return []
  const message = 'The platform did not let role postgres make these grants on objects of its own.'
  return [
    finding({ component: 'database', severity: 'manual', kind: 'grant-refused', message, names: refused }),
  ]
}

/**
 * Gives what is wanted and not there, and takes what is there and not wanted, where `isOurs`.
 * @returns what could not be given
 */
async function makeGrants(
  session: PsqlSession,
  wanted: readonly Grant[],
  sql: string | undefined,
  isOurs: (grant: Grant) => boolean,
): Promise<string[]> {
  if (sql === undefined) return []
  const before = await session.rows(sql, managedGrants.row)
  const [wantedKeys, present] = [new Set(wanted.map(keyOf)), new Set(before.map(keyOf))]
  const surplus = before.filter((grant) => isOurs(grant) && !wantedKeys.has(keyOf(grant)))
  const lacking = wanted.filter((grant) => !present.has(keyOf(grant)))
  if (surplus.length + lacking.length === 0) return []
  await session.run(
    [
      ...surplus.map((grant) => ignorePrivilegeError(`REVOKE ${target(grant)} FROM ${granteeOf(grant)}`)),
      ...lacking.map((grant) =>
        ignorePrivilegeError(
          `GRANT ${target(grant)} TO ${granteeOf(grant)}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
        ),
      ),
    ].join(''),
  )
  const after = new Set((await session.rows(sql, managedGrants.row)).map(keyOf))
  return lacking.map(keyOf).filter((key) => !after.has(key))
}
