import { z } from 'zod'
import { statusOf } from '../../common/findings.ts'
import type {
  ComponentPreview,
  ComponentProgress,
  ComponentRestore,
  ComponentVerification,
  RestoreContext,
  StandIn,
  StandInContext,
} from '../../components/component.ts'
import { startDrillTarget } from '../../drill/target.ts'
import { databaseOf } from '../../project/project.ts'
import { databaseLines } from '../../restore/preview-lines.ts'
import type { PostgresClients } from '../connect/clients.ts'
import { type DatabaseVerification, verifyDatabase } from '../verify/verify.ts'
import { armDatabase } from './arm.ts'
import { clientsOf, restoreClients } from './clients.ts'
import { type DatabasePart, partOf, restorePart } from './part.ts'
import { previewDatabase } from './preview.ts'
import { previewPart } from './preview-part.ts'
import { restoreDatabase } from './restore.ts'
import { weakeningSchema } from './weakened.ts'

const flagsSchema = z.object({
  schema: z.array(z.string()).optional(),
  table: z.array(z.string()).optional(),
  'data-only': z.boolean().optional(),
  'schema-only': z.boolean().optional(),
  'into-schema': z.string().optional(),
  batches: z.boolean().default(false),
  'leave-out': z.array(z.string()).default([]),
})

/** What the restore of a database notes of itself. */
const stateSchema = z.object({
  /** The transaction that restores it, from the moment before it is committed. */
  transaction: z.string().nullable().default(null),
  /** What of it did not come back as the backup has it, which the comparison is told. */
  weakened: z.array(weakeningSchema).default([]),
})

/** Opens the restore of the database: client programs of the right version are found once, for all of its steps. */
export async function openDatabaseRestore(context: RestoreContext): Promise<ComponentRestore> {
  const flags = flagsSchema.parse(context.flags)
  const part = await partOf(flags)
  const target = databaseOf(context.target)
  const clients = clientsOf({
    clients: await restoreClients({ ...context, components: ['database'], target }),
  })
  const restore = { context, flags, part, clients }
  let compared: DatabaseVerification | undefined
  const bring = async (progress: ComponentProgress, rollback: boolean) => {
    if (part === undefined) return bringAll(restore, progress, rollback)
    const { generation, signal, arm, log } = context
    const { result, verification } = await restorePart(part, {
      ...{ generation, target, clients, signal, arm, log, leaveOut: flags['leave-out'] },
    })
    compared = verification
    return result
  }
  return {
    preview: () => previewOf(restore),
    restore: (progress) => bring(progress, false),
    undo: (progress) => bring(progress, true),
    async verify(progress, rollback) {
      if (part !== undefined) return compared && verificationOf(compared)
      const { generation, signal, arm, log } = context
      const { weakened } = stateSchema.parse(progress.state)
      return verificationOf(
        await verifyDatabase({
          ...{ generation, target, clients, signal, log, weakened, rollback },
          disarmed: !arm,
        }),
      )
    },
    close: () => clients.close(),
  }
}

interface DatabaseRestoreRun {
  context: RestoreContext
  flags: z.infer<typeof flagsSchema>
  part: DatabasePart | undefined
  clients: PostgresClients
}

async function previewOf({ context, flags, part, clients }: DatabaseRestoreRun): Promise<ComponentPreview> {
  const { generation, log, signal, arm, target, rollback } = context
  const options = { generation, log, signal, arm, clients, rollback, leaveOut: flags['leave-out'] }
  const all = { ...options, target: databaseOf(target) }
  const preview = part ? await previewPart(part, all) : await previewDatabase(all)
  return { document: { ...preview }, lines: (limit) => databaseLines(preview, part, limit) }
}

async function bringAll(
  { context, flags, clients }: DatabaseRestoreRun,
  progress: ComponentProgress,
  rollback: boolean,
) {
  const { generation, log, signal, arm, target, disposable, leftOutFile } = context
  const { weakened, ...result } = await restoreDatabase({
    ...{ generation, clients, log, signal, arm, leftOutFile, rollback, batches: flags.batches },
    leaveOut: flags['leave-out'],
    target: databaseOf(target),
    hash: !disposable,
    superuser: target.superuser,
    finally: progress.inTransaction,
    beforeCommit: (transaction, known) => progress.note({ transaction, weakened: known }),
    onAborted: () => progress.note({ transaction: null }),
  })
  await progress.note({ weakened })
  return { ...result, status: statusOf(result.findings) }
}

function verificationOf(database: DatabaseVerification): ComponentVerification {
  return {
    ...database,
    differences: database.differences.map((found) => ({ component: 'database', ...found })),
  }
}

/** The database's part of a throwaway project: a server that fits the dump, and a Storage API over it. */
export async function standInForDatabase(context: StandInContext): Promise<StandIn> {
  const { config, generation, log, signal } = context
  const clients = clientsOf({
    clients: await restoreClients({ config, generation, log, components: ['database'], target: undefined }),
  })
  try {
    const { findings, stop, ...project } = await startDrillTarget({ generation, clients, log, signal })
    return { project, findings, stop }
  } finally {
    await clients.close()
  }
}

/** Wakes the cron jobs and webhooks that a restore left asleep. */
export async function armComponent({ generation, target, log }: RestoreContext) {
  const { notArmed, ...armed } = await armDatabase({ generation, target: databaseOf(target), log })
  return { document: { ...armed, notArmed }, failed: notArmed }
}
