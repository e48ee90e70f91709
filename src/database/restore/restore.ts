import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackupError, toBackupError } from '../../common/errors.ts'
import { type ComponentResult, statusOf } from '../../common/findings.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import { plural } from '../../common/units.ts'
import { openPsql } from '../connect/psql.ts'
import { entryOf, leaveOutFlag, StatementError, withEntry } from '../connect/psql-errors.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { lacksOf } from '../rules/extensions.ts'
import { divideRuns } from '../rules/plan.ts'
import { countTables, restoredTables, withoutUnused } from '../rules/restored-tables.ts'
import { withoutLeftOut } from '../verify/weakened.ts'
import { entriesPerBatch } from './locks.ts'
import type { DatabaseRestoreOptions } from './options.ts'
import { type Preparation, prepareRestore } from './prepare.ts'
import { openSectionPrefetch } from './section-prefetch.ts'
import { type RestoreWork, restoreInTransaction } from './transaction.ts'
import { type Weakening, weakeningFindings } from './weakened.ts'

const phase = 'database/restore'

export type { DatabaseRestoreOptions } from './options.ts'

/** What a restore came to; `weakened` is for the verification that follows it, in this process or a later one. */
export interface DatabaseRestore extends ComponentResult {
  weakened: Weakening[]
}

/**
 * Replaces the contents of a target database with a generation's, in one transaction, as a role that is not a
 * superuser. Whatever fails before the COMMIT leaves the target as it was.
 */
export async function restoreDatabase(options: DatabaseRestoreOptions): Promise<DatabaseRestore> {
  const started = performance.now()
  const weakened: Weakening[] = []
  const folders = [join(options.generation, 'database', 'dump')]
  // It connects meanwhile.
  const session = await openPsql({
    ...{ ...options, connection: options.target, folders, phase },
    ownTransactions: options.batches,
  })
  const prepareAndRestore = async () => {
    const preparation = await prepareRestore(options)
    weakened.push(...preparation.weakened)
    await restoreWith({ ...options, preparation, session, weakened })
    return preparation
  }
  const preparation = await prepareAndRestore().finally(() => session.close())
  await noteLeftOut(preparation, weakened, options)
  const findings = [...preparation.findings, ...weakeningFindings(weakened)]
  return {
    component: 'database',
    status: statusOf(findings),
    seconds: (performance.now() - started) / 1000,
    counts: countsOf(preparation, weakened),
    findings,
    weakened,
  }
}

async function restoreWith(context: Omit<RestoreWork, 'ahead'>): Promise<void> {
  const { clients, signal, batches, session } = context
  const { runs } = context.preparation
  const fitting = batches ? divideRuns(runs, await entriesPerBatch(session)) : runs
  const preparation = { ...context.preparation, runs: fitting }
  const ahead = openSectionPrefetch({ ...preparation, clients, signal, superuser: context.superuser })
  try {
    await restoreInTransaction({ ...context, preparation, ahead })
  } catch (error) {
    signal?.throwIfAborted()
    const named = withEntry(error, preparation.contents, lacksOf(preparation.extensions))
    const entry = error instanceof StatementError && entryOf(error, preparation.contents.entries)
    throw batches ? incomplete(named, entry || undefined) : named
  } finally {
    await ahead.close()
  }
}

/** Without a transaction around it all, what was done so far stays. */
function incomplete(error: unknown, entry: ContentsEntry | undefined): BackupError {
  const rest = entry
    ? ` Where the cause is in the backup, give it with ${leaveOutFlag(nameOf(entry))}, which restores the rest.`
    : ''
  const { message, detail } = toBackupError(error, phase)
  return new BackupError({
    code: 'RESTORE_INCOMPLETE',
    message: `The restore in batches broke off, and a part of the backup is on the target. ${message}`,
    detail,
    suggestion: `Remove the cause and run the same restore again: it begins by emptying the target.${rest}`,
    phase,
    cause: error,
  })
}

/** What was restored, and how much was not: secrets and cron jobs are made anew, and no rows are copied for them. */
function countsOf(
  { decisions, recorded, wholeTables, contents, target }: Preparation,
  weakened: readonly Weakening[],
): Record<string, number> {
  const entries = withoutLeftOut(contents.entries, weakened)
  return {
    entries: decisions.filter(({ action }) => action !== 'drop').length,
    ...countTables(
      wholeTables,
      withoutUnused(restoredTables(recorded, entries), target.columns),
      'NotCopied',
    ),
    leftOut: decisions.filter(({ action }) => action === 'drop').length,
  }
}

/** Writes every entry that is left out by its name, with the reason, where the caller wants it: the report counts them. */
async function noteLeftOut(
  { decisions }: Preparation,
  weakened: readonly Weakening[],
  { leftOutFile, log }: DatabaseRestoreOptions,
): Promise<void> {
  if (leftOutFile === undefined) return
  const byRule = decisions.filter(({ action }) => action === 'drop')
  await mkdir(dirname(leftOutFile), { recursive: true, mode: 0o700 })
  await writeJsonl(leftOutFile, [
    ...byRule.map(({ entry, rule }) => ({ name: nameOf(entry), reason: rule.reason })),
    ...weakened.map(({ name, reason, sql }) => ({ name, reason, sql })),
  ])
  log.info(`${plural(byRule.length, 'entry', 'entries')} of the dump left out, by name in ${leftOutFile}`)
}
