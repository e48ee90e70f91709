import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkerOutcome } from '../common/worker.ts'
import { restoreClients } from '../database/restore/clients.ts'
import { startStorageTarget } from '../drill/storage-target.ts'
import { startDrillTarget } from '../drill/target.ts'
import { openTarget } from '../project/project.ts'
import { isConfigured, settingsWith } from '../project/settings.ts'
import type { RestoreCommand } from './command.ts'
import { verifyGeneration } from './generation.ts'
import { isOwn, kinshipOf } from './kinship.ts'
import { passingProgress } from './progress.ts'
import { type ProveOptions, restoreAndProve } from './prove.ts'
import { refuseKin, refuseSource } from './source.ts'

/**
 * `restore.sh --test`: restores a generation into the configured test project, or into a throwaway one, and proves that
 * the result equals the backup. Succeeds only if every bit of it does.
 */
export async function drill(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config, generation, leaveOut, log, signal } = command
  const image = config.DRILL_IMAGE
  const manifest = await verifyGeneration(command)
  const settings = settingsWith('TEST_SUPABASE', config)
  if (isConfigured(settings)) {
    refuseSource(settings, config)
    const target = openTarget(settings)
    if (isOwn(manifest, config))
      refuseKin(await kinshipOf({ ...command, manifest, target: target.database }), target.reference)
    const clients = await restoreClients({ ...command, target: target.database })
    try {
      return await restoreAndForget({ ...command, target, clients })
    } finally {
      await clients?.close()
    }
  }
  const clients = await restoreClients({ ...command, target: undefined })
  try {
    const sandbox = clients
      ? await startDrillTarget({ generation, clients, leaveOut, image, log, signal })
      : await startStorageTarget({ generation, server: manifest.versions['server'], image, log })
    try {
      const target = { ...sandbox, role: 'target' as const, reference: 'a throwaway project on this machine' }
      return await restoreAndForget({
        ...{ ...command, target, clients },
        targetFindings: sandbox.findings,
        // On this machine every byte costs only the reading of it.
        verifyBytes: command.verifyBytes ?? 'all',
      })
    } finally {
      await sandbox.stop()
    }
  } finally {
    await clients?.close()
  }
}

/** What breaks off is not resumed: the next drill begins anew. */
async function restoreAndForget(
  options: Omit<ProveOptions, 'disposable' | 'progress'>,
): Promise<WorkerOutcome> {
  const observed = await mkdtemp(join(tmpdir(), 'supabase-drill-'))
  try {
    return await restoreAndProve({ ...options, disposable: true, progress: passingProgress(observed) })
  } finally {
    await rm(observed, { recursive: true, force: true })
  }
}
