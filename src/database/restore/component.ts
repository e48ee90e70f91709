import { z } from 'zod'
import { BackupError, toBackupError } from '../../common/errors.ts'
import { statusOf } from '../../common/findings.ts'
import type {
  ComponentPreview,
  ComponentProgress,
  ComponentRestore,
  ComponentVerification,
  KeptRowsPreview,
  LeftBehind,
  RestoreContext,
  Settled,
  StandIn,
  StandInContext,
} from '../../components/component.ts'
import { refuseUndrillable, startDrillTarget } from '../../drill/target.ts'
import { databaseOf } from '../../project/project.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import { type DatabaseVerification, verifyDatabase } from '../verify/verify.ts'
import { armDatabase } from './arm.ts'
import { restoreClients } from './clients.ts'
import { transactionOutcome } from './commit.ts'
import { enableWebhooks } from './enable-webhooks.ts'
import { formerRootKey } from './former-root-key.ts'
import { heldPart } from './held-part.ts'
import { enableLoginTriggers } from './login-triggers.ts'
import { type DatabasePart, partIn, restorePart } from './part.ts'
import { type DatabasePreview, previewDatabase } from './preview.ts'
import { databaseLines } from './preview-lines.ts'
import { previewPart } from './preview-part.ts'
import { type DatabaseRestore, type DatabaseRestoreOptions, restoreDatabase } from './restore.ts'
import { previewRootKey, settleRootKey } from './root-key.ts'
import { weakeningFindings, weakeningSchema } from './weakened.ts'

const flagsSchema = z.object({
  batches: z.boolean().default(false),
  'leave-out': z.array(z.string()).default([]),
})

/** What the restore of a database notes of itself. */
const stateSchema = z.object({
  /** The transaction that restores it, from the moment before it is committed. */
  transaction: z.string().nullable().default(null),
  /** Whether the target was given the root key of the backup's vault. */
  rootKeyReplaced: z.boolean().default(false),
  /** What of it did not come back as the backup has it, which the comparison is told. */
  weakened: z.array(weakeningSchema).default([]),
})

interface DatabaseRestoreRun {
  context: RestoreContext
  flags: z.infer<typeof flagsSchema>
  part: DatabasePart | undefined
  /** What the backup was made without. */
  notHeld: readonly string[]
  clients: PostgresClients
}

/** Opens the restore of the database: client programs of the right version are found once, for all of its steps. */
export async function openDatabaseRestore(context: RestoreContext): Promise<ComponentRestore> {
  const flags = flagsSchema.parse(context.flags)
  const asked = await partIn(context.flags)
  const { generation, disposable, manifest } = context
  const { part, notHeld } = await heldPart({ generation, partial: manifest.partial, asked, disposable })
  const clients = await restoreClients({ ...context, target: databaseOf(context.target) })
  const run: DatabaseRestoreRun = { context, flags, part, notHeld, clients }
  const preview = (kept: KeptRowsPreview) => previewOf(run, kept)
  const close = () => clients.close()
  if (part !== undefined) return { preview, close, ...restoreOfPart(run, part) }
  return {
    ...{ preview, close, replacesRows: true },
    restore: (progress) => bringAll(run, progress, false),
    undo: (progress) => bringAll(run, progress, true),
    async verify(progress, rollback) {
      const { generation, target, signal, arm, log } = context
      const { weakened } = stateSchema.parse(progress.state)
      return verificationOf(
        await verifyDatabase({
          ...{ generation, target: databaseOf(target), clients, signal, log, weakened, rollback },
          disarmed: !arm,
        }),
      )
    },
    async finish({ state }) {
      await enableLoginTriggers(databaseOf(context.target), stateSchema.parse(state).weakened)
      return []
    },
    settle: (progress) => settle(run, progress),
    left: (progress, error) => leftBehind(run, progress, error),
  }
}

/** One transaction, in which all that can be compared of a part is compared: there is nothing to resume. */
function restoreOfPart({ context, flags, notHeld, clients }: DatabaseRestoreRun, part: DatabasePart) {
  const { generation, target, signal, arm, log } = context
  let compared: DatabaseVerification | undefined
  const bring = async () => {
    if (part.contents !== 'rows' && part.contents !== 'roles')
      await enableWebhooks({ ...context, selection: part.selection })
    const { result, verification } = await restorePart(part, {
      ...{ generation, clients, signal, arm, log, leaveOut: flags['leave-out'], notHeld },
      ...{ target: databaseOf(target), superuser: target.superuser },
    })
    compared = verification
    return result
  }
  return {
    isResumable: false,
    restore: bring,
    undo: bring,
    verify: async () => compared && verificationOf(compared),
    left: (_: ComponentProgress, error: BackupError) => leftBySilent(error, unchanged),
  }
}

async function previewOf(
  { context, flags, part, notHeld, clients }: DatabaseRestoreRun,
  kept: KeptRowsPreview,
): Promise<ComponentPreview> {
  const { generation, log, signal, arm, target, rollback } = context
  const all = {
    ...{ generation, log, signal, arm, clients, rollback, leaveOut: flags['leave-out'], notHeld },
    target: databaseOf(target),
    enablesWebhooks: target.management !== undefined,
  }
  const preview = part ? await previewPart(part, all) : withKept(await previewDatabase(all), kept)
  const findings = part ? [] : await previewRootKey(context)
  const found = { ...preview, findings: [...preview.findings, ...findings] }
  return { document: { ...found }, lines: (limit) => databaseLines(found, part, limit) }
}

function withKept(preview: DatabasePreview, kept: KeptRowsPreview): DatabasePreview {
  const tables = preview.tables.map((table) => {
    const staying = kept.rows[`${table.schema}.${table.name}`] ?? 0
    return table.after === null ? table : { ...table, after: table.after + staying }
  })
  return { ...preview, tables, findings: [...preview.findings, ...kept.findings] }
}

async function bringAll(
  { context, flags, notHeld, clients }: DatabaseRestoreRun,
  progress: ComponentProgress,
  rollback: boolean,
) {
  const { generation, log, signal, arm, target, disposable, leftOutFile } = context
  await enableWebhooks(context)
  const rootKey = await settleRootKey({ ...context, stateDirectory: context.config.STATE_DIR })
  await progress.note({ rootKeyReplaced: rootKey.isReplaced })
  const { weakened, ...result } = await restoreFitting(disposable, {
    ...{ generation, clients, log, signal, arm, leftOutFile, rollback, batches: flags.batches },
    ...{ leaveOut: flags['leave-out'], notHeld },
    target: databaseOf(target),
    hash: !disposable,
    superuser: target.superuser,
    opensSecrets: rootKey.opens,
    finally: progress.inTransaction || undefined,
    async beforeCommit(transaction, known) {
      await progress.note({ transaction, weakened: known })
      await rootKey.endsWith(transaction)
    },
    onAborted: () => progress.note({ transaction: null }),
  }).catch(async (error: unknown) => {
    // Nothing of the backup is there: what is there needs the key that it had.
    if (!flags.batches && stateSchema.parse(progress.state).transaction === null)
      await rootKey.putBack().then(
        () => progress.note({ rootKeyReplaced: false }),
        // What the restore failed by is the more important.
        (thrown: unknown) => log.warn(toBackupError(thrown, 'restore').message),
      )
    throw error
  })
  await rootKey.forget()
  await progress.note({ weakened })
  const findings = [...result.findings, ...rootKey.findings]
  return { ...result, findings, status: statusOf(findings) }
}

/**
 * Restores the database, and in batches where one transaction needs more locks than the server holds and nothing is lost
 * if a part of it stays: a test project that was drilled into before has as much to drop as to create.
 */
async function restoreFitting(
  disposable: boolean,
  options: DatabaseRestoreOptions,
): Promise<DatabaseRestore> {
  try {
    return await restoreDatabase(options)
  } catch (error) {
    const tooFew = error instanceof BackupError && error.code === 'TARGET_LOCKS_TOO_FEW'
    if (!tooFew || !disposable || options.batches) throw error
    options.log.info(`${error.message} The drill restores in batches instead.`)
    return await restoreDatabase({ ...options, batches: true })
  }
}

/** Finds out whether the database was committed, where the process ended before it could know. */
async function settle(
  { context, flags }: DatabaseRestoreRun,
  { state }: ComponentProgress,
): Promise<Settled> {
  const { transaction, weakened } = stateSchema.parse(state)
  const { management } = context.target
  const former = management && formerRootKey(context.config.STATE_DIR, management, databaseOf(context.target))
  const outcome =
    transaction === null ? 'aborted' : await transactionOutcome(databaseOf(context.target), transaction)
  if (outcome === 'in progress')
    throw new BackupError({
      code: 'RESUME_TOO_EARLY',
      message: 'The target has not noticed yet that the restore broke off: its transaction is still open.',
      suggestion: 'Try again in a few minutes.',
      phase: 'restore/resume',
    })
  if (outcome !== 'committed') {
    const isBack = !flags.batches && (await former?.putBack())
    return {
      is: 'void',
      because: flags.batches
        ? 'The restore in batches broke off in the database: a part of the backup may be on the target.'
        : `The restore broke off before its database was committed: the target is unchanged${isBack ? ', and its vault has its own root key again' : ''}.`,
    }
  }
  await former?.forget()
  const findings = weakeningFindings(weakened)
  const result = { component: 'database', status: statusOf(findings), seconds: 0, counts: {}, findings }
  return { is: 'done', result }
}

/** Of a restore that was not committed, and could not give the target its own root key again. */
const unreadable: LeftBehind = {
  isUnchanged: false,
  state:
    "The target is unchanged but for its vault's root key, which is the backup's: what it has encrypted cannot be read.",
  next: 'restore.sh --resume sets its own again.',
}

const unchanged: LeftBehind = { isUnchanged: true, state: 'The target is unchanged.' }

function leftBehind(
  { flags }: DatabaseRestoreRun,
  { state }: ComponentProgress,
  error: BackupError,
): LeftBehind | undefined {
  const { transaction, rootKeyReplaced } = stateSchema.parse(state)
  if (transaction !== null)
    return leftBySilent(error, {
      isUnchanged: false,
      state: 'It happened while the database was being committed.',
      next: 'restore.sh --resume finds out whether it was, and finishes the rest.',
    })
  if (!flags.batches) return leftBySilent(error, rootKeyReplaced ? unreadable : unchanged)
  return leftBySilent(error, {
    isUnchanged: false,
    state: 'A part of the backup may be on the target.',
    next: 'the same restore again, from its beginning.',
  })
}

/** Unless the error's own words are about half a restore. */
function leftBySilent({ code }: BackupError, left: LeftBehind): LeftBehind | undefined {
  return ['RESTORE_TRANSACTION_LOST', 'RESTORE_INCOMPLETE'].includes(code) ? undefined : left
}

function verificationOf(database: DatabaseVerification): ComponentVerification {
  return {
    ...database,
    differences: database.differences.map((found) => ({ component: 'database', ...found })),
  }
}

/** Whether there is a server here that can take the dump. */
export async function requireStandInForDatabase(
  context: Omit<StandInContext, 'manifest' | 'project'>,
): Promise<void> {
  const { config, generation, log } = context
  const { 'leave-out': leaveOut } = flagsSchema.parse(context.flags)
  await refuseUndrillable({ generation, leaveOut, config, log })
}

/** The database's part of a throwaway project: a server that fits the dump, and a Storage API over it. */
export async function standInForDatabase(context: StandInContext): Promise<StandIn> {
  const { config, generation, log, signal } = context
  const { 'leave-out': leaveOut } = flagsSchema.parse(context.flags)
  const clients = await restoreClients({ config, generation, log, target: undefined })
  try {
    const { findings, stop, failure, ...project } = await startDrillTarget({
      ...{ generation, clients, leaveOut, config, log, signal },
    })
    return { project, findings, stop, failure }
  } finally {
    await clients.close()
  }
}

/** Wakes the cron jobs and webhooks that a restore left asleep. */
export async function armComponent(context: RestoreContext) {
  const { generation, target, log } = context
  await enableWebhooks(context)
  const { notArmed, ...armed } = await armDatabase({ generation, target: databaseOf(target), log })
  return { document: { ...armed }, failed: notArmed }
}
