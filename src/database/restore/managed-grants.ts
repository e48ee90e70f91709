import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { isOfWrapper, managedGrants, platformGrants, type Server, serviceGrants } from '../facts/all.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { isReservedRole } from '../rules/platform.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import type { Weakening } from './weakened.ts'

type Grant = CatalogFacts['managedGrants'][number]

function target(grant: Grant): string {
  const { kind, schema, object, column, privilege } = grant
  if (isOfWrapper(grant)) return `${privilege} ON FOREIGN DATA WRAPPER ${quoteName(object ?? '')}`
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
  const names = refused.map(keyOf)
  const message = 'The platform did not let role postgres make these grants on objects of its own.'
  return [finding({ component: 'database', severity: 'manual', kind: 'grant-refused', message, names })]
}

/** A privilege as a difference in it is named. */
export function grantName({ kind, schema, object, column, privilege, grantee }: Grant): string {
  const name = [schema, object, column].filter((part) => part !== null && part !== '').join('.')
  return `${privilege} on ${kind} ${name} to ${grantee}`
}

/**
 * Makes the privileges in the platform's other schemas those recorded.
 * @returns what the target refused, or has no object for
 */
export async function restorePlatformGrants(
  session: PsqlSession,
  recorded: CatalogFacts,
  server: Server,
): Promise<Weakening[]> {
  // A generation of before says nothing about them.
  if (recorded.platformGrants === null) return []
  const roles = new Set(recorded.roles.map(({ name }) => name))
  const isOurs = ({ grantee }: Grant) => roles.has(grantee) || isReservedRole(grantee) || grantee === 'public'
  const refused = await makeGrants(
    session,
    recorded.platformGrants.filter(isOurs),
    platformGrants.sql(server),
    isOurs,
  )
  const reason = 'the target does not let role postgres grant it, or has no such object'
  return refused.map((grant) => ({
    kind: 'refused',
    name: `grant ${grantName(grant)}`,
    reason,
    sql: `GRANT ${keyOf(grant)}`,
  }))
}

/** Undoes a refusal alone; what is not there, as of an extension that the target does not offer, cannot be granted. */
function attempt(statement: string): string {
  const refusals =
    'insufficient_privilege OR undefined_table OR undefined_column OR undefined_function OR undefined_object OR invalid_schema_name'
  return `DO ${quoteText(`BEGIN ${statement}; EXCEPTION WHEN ${refusals} THEN NULL; END`)};\n`
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
): Promise<Grant[]> {
  if (sql === undefined) return []
  const before = await session.rows(sql, managedGrants.row)
  const [wantedKeys, present] = [new Set(wanted.map(keyOf)), new Set(before.map(keyOf))]
  const surplus = before.filter(
    (grant) => isOurs(grant) && !isOfWrapper(grant) && !wantedKeys.has(keyOf(grant)),
  )
  const lacking = wanted.filter((grant) => !present.has(keyOf(grant)))
  if (surplus.length + lacking.length === 0) return []
  await session.run(
    [
      ...surplus.map((grant) => attempt(`REVOKE ${target(grant)} FROM ${granteeOf(grant)}`)),
      ...lacking.map((grant) =>
        attempt(
          `GRANT ${target(grant)} TO ${granteeOf(grant)}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
        ),
      ),
    ].join(''),
  )
  const after = new Set((await session.rows(sql, managedGrants.row)).map(keyOf))
  return lacking.filter((grant) => !after.has(keyOf(grant)))
}
