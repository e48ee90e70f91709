import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BackupError, toBackupError } from '../../common/errors.ts'
import { type ComponentResult, statusOf } from '../../common/findings.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import type { Log } from '../../common/log.ts'
import { plural } from '../../common/units.ts'
import type { PostgresClients } from '../connect/clients.ts'
import type { DatabaseConnection } from '../connect/connection.ts'
import { openPsql, type PsqlSession } from '../connect/psql.ts'
import { entryOf, leaveOutFlag, StatementError, withEntry } from '../connect/psql-errors.ts'
import { withSearchPath } from '../connect/search-path.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { lacksOf, moveExtensions, readyForExtensions } from '../rules/extensions.ts'
import { divideRuns, transformedBy } from '../rules/plan.ts'
import { isManagedSchema } from '../rules/platform.ts'
import {
  grantorsOf,
  restoreGrantsOfOthers,
  restoreManagedComments,
  restoreUserTriggers,
} from '../rules/platform-objects.ts'
import { privilegedFindings } from '../rules/privileged.ts'
import { countTables, restoredTables, withoutUnused } from '../rules/restored-tables.ts'
import { givePublic, ownerOfPublic } from '../rules/schema-public.ts'
import { disableStatements } from '../rules/webhooks.ts'
import { withoutLeftOut } from '../verify/weakened.ts'
import { checkRows } from './checks.ts'
import { closeFunctions } from './closed-functions.ts'
import { checkTransaction, commit, transactionId } from './commit.ts'
import { restoreCronJobs } from './cron.ts'
import { restoreData, restorePostData } from './data.ts'
import { restoreDatabaseGrants } from './database-grants.ts'
import { deferChecks } from './deferred-checks.ts'
import { bareInheritedColumns } from './inherited-columns.ts'
import { restoreLargeObjects } from './large-objects.ts'
import { entriesPerBatch, estimateLocks, requireLocks } from './locks.ts'
import { disableLoginTriggers } from './login-triggers.ts'
import { revokeMaintain } from './maintain.ts'
import { restoreManagedGrants, restorePlatformGrants } from './managed-grants.ts'
import { dropSurplusExtensions, dropSurplusRoles } from './only-at-target.ts'
import { joinRoles, lendSchemas, ownersOnTarget } from './ownership.ts'
import { restorePlatformComments } from './platform-comments.ts'
import { type Preparation, prepareRestore } from './prepare.ts'
import { restoreQueues } from './queues.ts'
import { restoreRealtimePublication } from './realtime-publication.ts'
import { createRoles, restoreMemberships, restoreSettings } from './roles.ts'
import { restoreSecrets } from './secrets.ts'
import { openSectionPrefetch, type SectionPrefetch } from './section-prefetch.ts'
import { setSequences } from './sequence-values.ts'
import { restoreThroughTemporaryTable } from './service-rows.ts'
import { ownSettings, replicaMode, restoreStep } from './step.ts'
import { lookAgain } from './target.ts'
import { restoreUserMappings } from './user-mappings.ts'
import { fillViews } from './views.ts'
import { type Weakening, weakeningFindings } from './weakened.ts'
import { wipe } from './wipe.ts'

const phase = 'database/restore'

export interface DatabaseRestoreOptions {
  /** Directory of the generation, verified against its manifest. */
  generation: string
  target: DatabaseConnection
  clients: PostgresClients
  log: Log
  signal?: AbortSignal | undefined
  /**
   * Whether to compare every row's hash before the COMMIT; true unless the target is disposable and verified as a
   * whole right afterwards.
   */
  hash?: boolean | undefined
  /** Whether cron jobs and webhooks become active at once; false unless the target takes the source's place. */
  arm?: boolean | undefined
  /**
   * A superuser of a disposable target without supautils, for the few things a hosted project lets postgres make and a
   * plain server does not; they are named in a finding.
   */
  superuser?: DatabaseConnection | undefined
  /**
   * In many transactions instead of one, for a target whose lock table that does not fit. A failure leaves
   * a part of the backup there; run again, the restore begins anew.
   */
  batches?: boolean | undefined
  /** Entries of the dump to be left out, as `nameOf` spells them, with what depends on them. */
  leaveOut?: readonly string[] | undefined
  /** Definitions alone: the target ends without rows, accounts, secrets and cron jobs. */
  schemaOnly?: boolean | undefined
  /** The generation is the target itself as it was: roles and extensions that came since are dropped. */
  rollback?: boolean | undefined
  /** Where the names of what was left out are written, one JSON object a line; nowhere by default. */
  leftOutFile?: string | undefined
  /** SQL to run in the same transaction once the rows are checked. */
  finally?: string | undefined
  /** Called with the transaction's id, and what it does not bring back as it was, when nothing but its COMMIT is left. */
  beforeCommit?: ((transaction: string, weakened: Weakening[]) => Promise<void>) | undefined
  /** Called when, after all, that transaction is known not to have been committed. */
  onAborted?: (() => Promise<void>) | undefined
  /** How long to wait for a sign of life of the target, in milliseconds; see `watchSession`. */
  silenceMs?: number | undefined
  /** How long to ask what became of a COMMIT whose answer was lost, in milliseconds. */
  settleMs?: number | undefined
}

/** What a restore came to; `weakened` is for the verification that follows it, in this process or a later one. */
export interface DatabaseRestore extends ComponentResult {
  weakened: Weakening[]
}

interface Context extends DatabaseRestoreOptions {
  preparation: Preparation
  /** Grows on the way. */
  weakened: Weakening[]
  session: PsqlSession
  ahead: SectionPrefetch
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

async function restoreWith(context: Omit<Context, 'ahead'>): Promise<void> {
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

async function restoreInTransaction(context: Context): Promise<void> {
  const { session, preparation, log } = context
  const { recorded, target, decisions, dump, findings } = preparation
  const version = target.server.version
  const { searchPath } = preparation
  const atomic = !context.batches
  const { leftOut } = preparation
  const losses = { entries: preparation.contents.entries, weakened: context.weakened, leftOut }
  const step = { ...context, ...preparation, ...losses, atomic }
  const transformed = (rule: string) => transformedBy(decisions, rule).filter((entry) => !leftOut.has(entry))
  await session.run(`${ownSettings}${atomic ? 'BEGIN;\n' : ''}`)
  const transaction = await transactionId(session)
  if (atomic) requireLocks(await estimateLocks(session, userSchemas(target), entriesOf(preparation)))

  context.weakened.push(...(await createRoles(session, recorded, target)))
  const grantedByOthers = transformedBy(decisions, 'granted-by-others')
  const kept = decisions.filter(({ action }) => action !== 'drop').map(({ entry }) => entry)
  const owners = kept.map(({ owner }) => owner)
  const actors = [...owners, ...(await ownersOnTarget(session)), ...(await grantorsOf(grantedByOthers))]
  const membership = await joinRoles(session, actors, version)
  await replicaMode(session, true, atomic)
  await givePublic(session, ownerOfPublic(preparation.contents.entries))
  const wiped = await wipe(session, atomic)
  log.info(`emptied the target: ${[...wiped].map(([what, count]) => `${count} ${what}`).join(', ')}`)

  const published = { target, superuser: context.superuser }
  context.weakened.push(...(await restoreRealtimePublication(session, recorded.publications, published)))
  if (context.rollback) context.weakened.push(...(await dropSurplusExtensions(session, recorded, target)))

  await restoreStep(step, 'schemas')
  const as = { user: target.user, superuser: context.superuser }
  const moved = await moveExtensions(session, preparation.extensions, as)
  await replicaMode(session, false, atomic)
  const installed = await readyForExtensions(session, entriesOf(preparation), recorded.extensions)
  for (const entry of installed) leftOut.add(entry)
  // The platform's event triggers hand a new extension's objects to postgres: not in replica mode.
  await restoreStep(step, 'extensions')
  await replicaMode(session, true, atomic)
  context.weakened.push(...(await closeFunctions(session, recorded.closedFunctions, published)))

  const preData = preparation.runs.get('pre-data') ?? []
  const creation = await lendSchemas(
    session,
    preData.flatMap((run) => (run.noOwner ? [] : run.entries)),
  )
  await restoreStep(step, 'pre-data')
  await bareInheritedColumns(
    session,
    recorded.inheritedColumns,
    entriesOf(preparation).filter((entry) => !leftOut.has(entry)),
  )
  await creation.giveBack()

  await session.run(ownSettings)
  context.weakened.push(...(await restoreUserMappings(session, recorded.userMappings, target)))
  const checks = await deferChecks(session)
  const late = await restoreData(step, checks)
  for (const table of preparation.serviceRows.tables)
    if (table.lost.length > 0) await restoreThroughTemporaryTable(session, dump, table)
  await restoreLargeObjects(session, dump, transformed('large-object-contents'))

  context.weakened.push(...(await withSearchPath(session, searchPath.definitions, () => checks.restore())))

  await restoreStep(step, 'privileges')
  await restoreGrantsOfOthers(
    session,
    grantedByOthers.filter((entry) => !leftOut.has(entry)),
    target.user,
  )
  await restorePostData(step, late)
  await restoreUserTriggers(session, transformed('user-triggers'))
  context.weakened.push(...(await restoreManagedComments(session, transformed('comments-on-managed-tables'))))
  await session.run(
    disableStatements(preparation.webhooks.disable.filter(({ entry }) => !leftOut.has(entry))),
  )
  findings.push(
    ...(await withSearchPath(session, searchPath.calls, () =>
      fillViews(session, transformed('materialized-views')),
    )),
  )
  // A view's query may have moved one; a rollback undoes this, as they are new.
  await setSequences(session, recorded.sequences, 'of the user')
  // To fill a view takes MAINTAIN, and what its query needs.
  await restoreStep(step, 'owner-privileges')
  await revokeMaintain(
    session,
    kept.filter((entry) => !leftOut.has(entry)),
    preparation.contents,
    target,
  )
  findings.push(...(await restoreManagedGrants(session, recorded, target.server)))
  context.weakened.push(
    ...(await restorePlatformGrants(session, recorded, target.server)),
    ...(await restorePlatformComments(session, recorded.platformComments, target, context.superuser)),
  )
  await membership.giveBack()
  context.weakened.push(...(await restoreMemberships(session, recorded, target, context.rollback)))
  context.weakened.push(...(await restoreDatabaseGrants(session, recorded, target)))
  const set = await restoreSettings(session, recorded, target, context.superuser)
  context.weakened.push(...set.weakened)
  if (context.rollback) context.weakened.push(...(await dropSurplusRoles(session, recorded, target)))
  if (context.superuser)
    findings.push(...privilegedFindings([...preparation.privileged, ...moved, ...set.asSuperuser]))

  await session.run(`${ownSettings}NOTIFY pgrst, 'reload schema';\n`)
  const now = await lookAgain(session, target)
  context.weakened.push(...(await restoreQueues(session, recorded.queues, now.relations.has('pgmq.meta'))))
  findings.push(
    ...(await restoreSecrets(session, recorded.secrets, now.relations.has('vault.decrypted_secrets'))),
  )
  const cron = await restoreCronJobs(session, recorded.cronJobs, {
    targetHasCron: now.relations.has('cron.job'),
    arm: context.arm ?? false,
    user: target.user,
    database: preparation.contents.database,
  })
  findings.push(...cron.findings)
  context.weakened.push(...cron.weakened)
  const checked = await checkRows(session, preparation, { hash: context.hash ?? true })
  findings.push(...checked.findings)
  context.weakened.push(...checked.weakened)
  if (context.finally !== undefined) await session.run(`${context.finally};\n`)
  // One on logins keeps new connections waiting from here to the COMMIT, and there is none any more that it may fire for.
  await restoreStep(step, 'event-triggers')
  context.weakened.push(...(await disableLoginTriggers(session, entriesOf(preparation))))
  // Last, for a rollback does not undo it.
  await setSequences(session, recorded.sequences, 'of services')
  if (!atomic) return
  await checkTransaction(session, transaction)
  await context.beforeCommit?.(transaction, context.weakened)
  await commit(session, { ...context, transaction })
}

function userSchemas({ schemas }: Preparation['target']): string[] {
  return [...schemas].filter((name) => !isManagedSchema(name))
}

function entriesOf({ runs }: Preparation): ContentsEntry[] {
  return [...runs.values()].flat().flatMap(({ entries }) => entries)
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
    ...weakened.map(({ name, reason }) => ({ name, reason })),
  ])
  log.info(`${plural(byRule.length, 'entry', 'entries')} of the dump left out, by name in ${leftOutFile}`)
}
