import { type Finding, finding } from '../common/findings.ts'
import { attempt } from './attempt.ts'
import { managedGrants, type Server } from './facts.ts'
import type { PsqlSession } from './psql.ts'
import type { Recorded } from './recorded.ts'
import { quoteName } from './statements.ts'

type Grant = Recorded['managedGrants'][number]

function target({ kind, schema, object, column, privilege }: Grant): string {
  if (kind === 'schema' || object === null) return `${privilege} ON SCHEMA ${quoteName(schema)}`
  if (kind === 'function') return `${privilege} ON FUNCTION ${quoteName(schema)}.${object}`
  if (column !== null) return `${privilege} (${quoteName(column)}) ON TABLE ${quoteName(schema, object)}`
  // USAGE is the one privilege of sequences that tables do not have.
  return `${privilege} ON ${privilege === 'USAGE' ? 'SEQUENCE' : 'TABLE'} ${quoteName(schema, object)}`
}

const keyOf = (grant: Grant) =>
  `${target(grant)} TO ${grant.grantee}${grant.grantable ? ' WITH GRANT OPTION' : ''}`

/**
 * Gives the recorded custom roles their recorded privileges on objects of auth, storage and realtime, and takes others
 * from them. What the platform does not let role postgres grant is reported.
 */
export async function restoreManagedGrants(
  session: PsqlSession,
  recorded: Recorded,
  server: Server,
): Promise<Finding[]> {
  const sql = managedGrants.sql(server)
  if (sql === undefined) return []
  const wanted = new Set(recorded.managedGrants.map(keyOf))
  const roles = new Set(recorded.roles.map(({ name }) => name))
  const before = await session.rows(sql, managedGrants.row)
  const present = new Set(before.map(keyOf))
  const surplus = before.filter((grant) => roles.has(grant.grantee) && !wanted.has(keyOf(grant)))
  const lacking = recorded.managedGrants.filter((grant) => !present.has(keyOf(grant)))
  if (surplus.length + lacking.length === 0) return []
  await session.run(
    [
      ...surplus.map((grant) => attempt(`REVOKE ${target(grant)} FROM ${quoteName(grant.grantee)}`)),
      ...lacking.map((grant) =>
        attempt(
          `GRANT ${target(grant)} TO ${quoteName(grant.grantee)}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
        ),
      ),
    ].join(''),
  )
  const after = new Set((await session.rows(sql, managedGrants.row)).map(keyOf))
  const refused = lacking.map(keyOf).filter((key) => !after.has(key))
  if (refused.length === 0) return []
  const message = 'The platform did not let role postgres make these grants on objects of its own.'
  return [
    finding({ component: 'database', severity: 'manual', kind: 'grant-refused', message, names: refused }),
  ]
}
