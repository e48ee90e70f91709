import { join } from 'node:path'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { type ComponentResult, statusOf } from '../../common/findings.ts'
import { inSession, type PsqlSession } from '../connect/psql.ts'
import { type SearchPath, searchPathOf, withSearchPath } from '../connect/search-path.ts'
import { literals, type Sequence, type Table } from '../facts/all.ts'
import { readCatalogFacts } from '../facts/catalog-facts.ts'
import { type Contents, type ContentsEntry, readContents } from '../rules/contents.ts'
import { refuseManaged, selectEntries } from '../rules/selection.ts'
import { quoteName } from '../sql/statements.ts'
import { findOrphans, type Orphans } from '../verify/orphans.ts'
import { checkTables } from './checks.ts'
import { checkTransaction, commit, transactionId } from './commit.ts'
import { loadAttempting } from './data.ts'
import { requireFitting } from './fitting-tables.ts'
import { leaveOutAsked } from './left-out.ts'
import { joinRoles, ownersOnTarget } from './ownership.ts'
import { restoreSection } from './sections.ts'
import type { SelectiveRestoreOptions } from './selection-plan.ts'
import { setSequences } from './sequence-values.ts'
import { ownSettings, replicaMode, restoreLimits } from './step.ts'
import { inspectTarget } from './target.ts'
import { refuseUnmet } from './unmet.ts'
import { type Weakening, weakeningFindings } from './weakened.ts'

const phase = 'database/restore'

export type RowsRestoreOptions = Pick<
  SelectiveRestoreOptions,
  'generation' | 'target' | 'clients' | 'log' | 'signal' | 'selection' | 'leaveOut' | 'notHeld'
>

interface Plan {
  dump: string
  contents: Contents
  /** The selected tables' data entries, and what the backup recorded of the tables. */
  entries: ContentsEntry[]
  tables: Table[]
  sequences: Sequence[]
  searchPath: SearchPath
}

/**
 * Replaces the rows of the selected tables, in one transaction, and leaves their definitions as the target has them.
 * Foreign keys from and to them are checked before the COMMIT.
 */
export async function restoreRows(options: RowsRestoreOptions): Promise<ComponentResult> {
  const started = performance.now()
  const plan = await planRows(options)
  const work = (session: PsqlSession) => replaceRows(options, plan, session)
  const findings = weakeningFindings(await inSession({ ...options, phase }, plan, work))
  return {
    component: 'database',
    status: statusOf(findings),
    seconds: (performance.now() - started) / 1000,
    counts: { tables: plan.tables.length, rows: plan.tables.reduce((sum, { rows }) => sum + rows, 0) },
    findings,
  }
}

/** Decides what will happen, and changes nothing. @throws BackupError where that cannot be */
export async function planRows(options: RowsRestoreOptions): Promise<Plan> {
  const { generation, selection, leaveOut = [] } = options
  refuseManaged(selection)
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  const recorded = await readCatalogFacts(generation)
  const selected = await selectEntries(contents.entries, selection)
  refuseUnmet(selection, selected, contents.entries)
  const { entries: leftOut } = leaveOutAsked(leaveOut, contents.entries, options.notHeld)
  const entries = [...selected].filter((entry) => entry.desc === 'TABLE DATA' && !leftOut.has(entry))
  if (entries.length === 0)
    throw new BackupError({
      code: 'SELECTION_EMPTY',
      message: 'The backup holds no rows of that name.',
      suggestion: 'Correct --schema or --table; names are case-sensitive.',
      phase: 'database/selection',
    })
  await requireFitting(options.target, entries)
  const oids = new Set(entries.map(({ catalog }) => catalog.oid))
  const values = new Set([...selected].filter(({ desc }) => desc === 'SEQUENCE SET').map(qualified))
  return {
    ...{ dump, contents, entries },
    searchPath: searchPathOf(recorded, new Set(contents.entries.map(({ owner }) => owner))),
    tables: recorded.tables.filter(({ oid }) => oids.has(oid)),
    sequences: recorded.sequences.filter(({ schema, name }) => values.has(`${schema}.${name}`)),
  }
}

function qualified({ namespace, tag }: ContentsEntry): string {
  return `${namespace}.${tag}`
}

async function replaceRows(
  options: RowsRestoreOptions,
  plan: Plan,
  session: PsqlSession,
): Promise<Weakening[]> {
  const { dump, entries, tables } = plan
  const { server } = await inspectTarget(options.target)
  await session.run(`${ownSettings}BEGIN;\n`)
  const transaction = await transactionId(session)
  const membership = await joinRoles(session, await ownersOnTarget(session), server.version)
  await replicaMode(session, true)
  const { calls, definitions } = plan.searchPath
  await withSearchPath(session, definitions, () =>
    session.run(
      entries.map(({ namespace, tag }) => `DELETE FROM ONLY ${quoteName(namespace, tag)};\n`).join(''),
    ),
  )
  const others = await loadAttempting({ ...plan, session, log: options.log }, entries, definitionsStay)
  const settings = `${restoreLimits} ${calls}`
  await restoreSection({
    ...options,
    session,
    dump,
    entries: others,
    settings,
    serverVersion: server.version,
  })
  await session.run(ownSettings)
  const orphans = await withSearchPath(session, definitions, () =>
    findOrphans((sql) => session.rows(sql, z.unknown()), touching(entries)),
  )
  if (orphans.length > 0) throw foreignKeysBroken(orphans)
  await setSequences(session, plan.sequences, 'of the user')
  await membership.giveBack()
  const weakened = await checkTables(session, tables, () => true, plan.searchPath)
  await checkTransaction(session, transaction)
  await commit(session, { ...options, transaction })
  return weakened
}

/** Rows that violate a check of the target are refused: its definitions are not the restore's to change. */
const definitionsStay = { deferAll: async () => false, deferDomain: async () => false }

/** SQL: foreign keys in force from or to the tables. */
function touching(entries: readonly ContentsEntry[]): string {
  const names = entries
    .map(({ namespace, tag }) => `(${literals([namespace])}, ${literals([tag])})`)
    .join(', ')
  return `k.convalidated AND ((n.nspname, c.relname) IN (${names}) OR (pn.nspname, p.relname) IN (${names}))`
}

function foreignKeysBroken(orphans: readonly Orphans[]): BackupError {
  return new BackupError({
    code: 'RESTORE_FOREIGN_KEYS_BROKEN',
    message: 'With these rows, others would point at rows that are not there; nothing was changed.',
    detail: orphans.map(({ name, rows }) => `${name}: ${rows} rows`).join(', '),
    suggestion: 'Select the tables these foreign keys connect as well.',
    phase: 'database/check',
  })
}
