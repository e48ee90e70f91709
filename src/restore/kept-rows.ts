import type pg from 'pg'
import type { Finding } from '../common/findings.ts'
import type { KeptRows, KeptRowsPreview, RestoreContext } from '../components/component.ts'
import { components } from '../components/list.ts'
import { connect } from '../database/connect/connection.ts'
import { databaseOf } from '../project/project.ts'
import { observedBy, type ResumeState } from './resume-state.ts'

const keepers = components.flatMap(({ name, keptRows }) => (keptRows ? [{ name, keptRows }] : []))

/** Has what the target holds noted, before its rows are replaced. */
export async function observeKept(context: RestoreContext, { observed }: ResumeState): Promise<void> {
  const { signal } = context
  await withEach(context, ({ name, keptRows }, client) =>
    keptRows.before({ client, directory: observedBy(observed, name), signal }),
  )
}

/** SQL for the transaction that replaces them. */
export async function keptSql(): Promise<string> {
  const statements = await Promise.all(keepers.map(({ keptRows }) => keptRows.inTransaction()))
  return statements.join(';\n')
}

/** Has the replaced rows tell the truth again. */
export async function reconcileKept(context: RestoreContext, { observed }: ResumeState): Promise<Finding[]> {
  const found = await withEach(context, ({ name, keptRows }, client) =>
    keptRows.after({ ...context, client, directory: observedBy(observed, name) }),
  )
  return found.flat()
}

/** What that will leave at the target. */
export async function previewKept(context: RestoreContext): Promise<KeptRowsPreview> {
  const previews = await withEach(context, ({ keptRows }, client) => keptRows.preview({ ...context, client }))
  return {
    rows: Object.assign({}, ...previews.map(({ rows }) => rows)),
    findings: previews.flatMap(({ findings }) => findings),
  }
}

async function withEach<Result>(
  { target }: RestoreContext,
  work: (keeper: { name: string; keptRows: KeptRows }, client: pg.ClientBase) => Promise<Result>,
): Promise<Result[]> {
  if (keepers.length === 0) return []
  const results: Result[] = []
  // A connection of its own: one that idles while the database is restored may have been cut meanwhile.
  const client = await connect(databaseOf(target), 'restore/target')
  try {
    for (const keeper of keepers) results.push(await work(keeper, client))
  } finally {
    await client.end()
  }
  return results
}
