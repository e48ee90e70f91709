import { z } from 'zod'
import type { DatabaseConnection } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { realtimePublication } from '../rules/platform.ts'
import { withSuperuser } from '../rules/privileged.ts'
import { quoteName, quoteText } from '../sql/statements.ts'
import { runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Target } from './target.ts'
import type { Weakening } from './weakened.ts'

const optionsRow = z.object({
  name: z.string(),
  allTables: z.boolean(),
  insert: z.boolean(),
  update: z.boolean(),
  delete: z.boolean(),
  truncate: z.boolean(),
  viaRoot: z.boolean(),
  comment: z.string().nullable().optional(),
})
type Publication = z.infer<typeof optionsRow>

/** What is published of the tables a publication has, and whether it has all there are: `insert, update of all tables`. */
export function publishes(publication: Omit<Publication, 'comment'>): string {
  const { allTables, viaRoot } = publication
  return `${operationsOf(publication)}${allTables ? ' of all tables' : ''}${viaRoot ? ' via the root' : ''}`
}

function operationsOf(publication: Omit<Publication, 'comment'>): string {
  return (['insert', 'update', 'delete', 'truncate'] as const).filter((each) => publication[each]).join(', ')
}

/**
 * Gives the platform's publication the options it had. It is there in every project, so that no entry of the dump makes it;
 * only whether it is one of all tables cannot be altered.
 * @param as.superuser of a sandbox, where postgres may not publish all tables
 * @returns what the target refused
 */
export async function restoreRealtimePublication(
  session: PsqlSession,
  recorded: readonly Publication[] | null,
  { target, superuser }: { target: Target; superuser: DatabaseConnection | undefined },
): Promise<Weakening[]> {
  const wanted = recorded?.find(({ name }) => name === realtimePublication)
  if (wanted === undefined) return []
  const [found] = await session.rows(
    `SELECT pubname::text AS name, puballtables AS "allTables", pubinsert AS insert, pubupdate AS update, pubdelete AS delete,
      pubtruncate AS truncate, pubviaroot AS "viaRoot", pg_catalog.obj_description(oid, 'pg_publication') AS comment
      FROM pg_catalog.pg_publication WHERE pubname = '${realtimePublication}'`,
    optionsRow,
  )
  const statements = statementsFor(wanted, found)
  if (statements.length === 0) return []
  const attempt = { name: `publication ${realtimePublication}`, sql: statements.join('; ') }
  const work = () => runIgnoringPrivilegeErrors(session, [attempt])
  const refused =
    superuser && wanted.allTables ? await withSuperuser(superuser, session, target.user, work) : await work()
  return refused.map(({ name, reason }) => ({ kind: 'refused', name, reason, sql: attempt.sql }))
}

function statementsFor(wanted: Publication, found: Publication | undefined): string[] {
  const name = quoteName(realtimePublication)
  const options = `publish = ${quoteText(operationsOf(wanted))}, publish_via_partition_root = ${wanted.viaRoot}`
  const isNew = found?.allTables !== wanted.allTables
  const statements: string[] = []
  if (isNew && found) statements.push(`DROP PUBLICATION ${name}`)
  if (isNew)
    statements.push(
      `CREATE PUBLICATION ${name}${wanted.allTables ? ' FOR ALL TABLES' : ''} WITH (${options})`,
    )
  else if (publishes(found) !== publishes(wanted))
    statements.push(`ALTER PUBLICATION ${name} SET (${options})`)
  const comment = isNew ? null : found.comment
  if (wanted.comment !== undefined && wanted.comment !== comment)
    statements.push(
      `COMMENT ON PUBLICATION ${name} IS ${wanted.comment === null ? 'NULL' : quoteText(wanted.comment)}`,
    )
  return statements
}
