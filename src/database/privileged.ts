import { type Finding, finding } from '../common/findings.ts'
import { connect, type DatabaseConnection } from './connection.ts'
import type { ContentsEntry } from './contents.ts'
import type { PsqlSession } from './psql.ts'
import type { Decision } from './rules.ts'
import { parseStatements, quoteName } from './statements.ts'

const phase = 'database/restore'

/**
 * What a hosted project lets role `postgres` make, by supautils, and a plain server only a superuser: a sandbox has
 * no supautils.
 */
const privilegedTypes = ['EVENT TRIGGER', 'FOREIGN DATA WRAPPER', 'PUBLICATION TABLES IN SCHEMA']

async function needsSuperuser(entry: ContentsEntry): Promise<boolean> {
  if (entry.desc !== 'PUBLICATION') return privilegedTypes.includes(entry.desc)
  const [statement] = await parseStatements(entry.defn, phase)
  return statement !== undefined && 'CreatePublicationStmt' in statement.node
    ? statement.node.CreatePublicationStmt.for_all_tables === true
    : false
}

/** The entries among those restored that only a superuser can restore on a plain server. */
export async function findPrivileged(decisions: readonly Decision[]): Promise<Set<ContentsEntry>> {
  const privileged = new Set<ContentsEntry>()
  for (const { entry, action } of decisions)
    if (action === 'keep' && (await needsSuperuser(entry))) privileged.add(entry)
  return privileged
}

/** A session hears of another's change to its role when it locks a relation it does not hold yet, as no query holds this. */
const noticeChanges = `SELECT pg_catalog.pg_relation_size('pg_catalog.pg_ts_parser');\n`

/** Does some work while the session's role is a superuser, on a server where that is nobody's loss. */
export async function withSuperuser(
  superuser: DatabaseConnection,
  session: PsqlSession,
  role: string,
  work: () => Promise<void>,
): Promise<void> {
  const client = await connect(superuser, phase)
  try {
    await client.query(`ALTER ROLE ${quoteName(role)} SUPERUSER`)
    await session.run(noticeChanges)
    await work()
  } finally {
    await client.query(`ALTER ROLE ${quoteName(role)} NOSUPERUSER`).finally(() => client.end())
  }
}

/** An entry of the dump, as the finding names it. */
export function privilegedName({ desc, tag }: ContentsEntry): string {
  return `${desc} ${tag}`
}

/** @param names of what was done `withSuperuser` */
export function privilegedFindings(names: string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'These were restored with the rights of a superuser: the sandbox lacks what lets postgres make them on a hosted project.'
  return [finding({ component: 'database', severity: 'note', kind: 'restored-as-superuser', message, names })]
}
