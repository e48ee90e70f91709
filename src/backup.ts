/**
 * The worker of backup.sh: fills a new generation and seals it.
 *
 *     backup.ts --generation DIR [--previous DIR] [--components database,storage] [--salvage DIR]... [--archives FILE]
 *               [--run-id ID] [--accept-shrink] [--bucket ID]... [--prefix PREFIX] [--object BUCKET/KEY]...
 *
 * The settings come from the environment, as config.ts put them there. On stdout: one JSON document with the status,
 * each component's result, versions, which archives retention lets go once this one exists, and the time in the archive's
 * name where it is not the run's start; or with
 * SKIP_IF_UNCHANGED only the status `unchanged`.
 */

import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { currentActivity, isRepetition } from './backup/activity.ts'
import { captureComponents } from './backup/capture.ts'
import { addClockFinding, compareClocks } from './backup/clock.ts'
import { addDrillFinding } from './backup/drillable.ts'
import { prunableArchives } from './backup/prunable.ts'
import { guardShrink } from './backup/shrink.ts'
import { ExitCode } from './common/errors.ts'
import { toolVersion } from './common/version.ts'
import { runWorker } from './common/worker.ts'
import { componentNames } from './components/list.ts'
import { loadConfig } from './config/load.ts'
import { writeRecovery } from './generation/recovery.ts'
import { sealGeneration } from './generation/seal.ts'
import { readStatus } from './report/store.ts'
import { archiveStamp } from './retention/archives.ts'
import { scopeFlags, scopeOf } from './storage/catalogue/scope-flags.ts'

const { values: options } = parseArgs({
  options: {
    generation: { type: 'string' },
    previous: { type: 'string' },
    components: { type: 'string', default: componentNames.join(',') },
    salvage: { type: 'string', multiple: true, default: [] },
    archives: { type: 'string' },
    'run-id': { type: 'string', default: 'manual' },
    'accept-shrink': { type: 'boolean', default: false },
    ...scopeFlags,
  },
})

await runWorker('backup', async ({ log, signal, known }) => {
  const started = new Date()
  const config = loadConfig(process.env)
  const generation = options.generation
  if (generation === undefined) throw new TypeError('backup.ts needs --generation')
  await mkdir(generation, { recursive: true, mode: 0o700 })
  // What a newer toolkit remembers is refused now, not after the hours that a dump may take.
  await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const wanted = componentNames.filter((component) => options.components.split(',').includes(component))
  const { previous, salvage } = options
  const activity = await currentActivity(config)
  if (await isRepetition({ config, activity, wanted, previous })) {
    log.info('nothing has changed since the last backup')
    return { document: { status: 'unchanged', activity }, exitCode: ExitCode.success }
  }
  const fetch = scopeOf(options)
  const captured = await captureComponents({
    ...{ config, generation, wanted, previous, salvage, fetch, log, signal, known },
  })
  signal.throwIfAborted()
  const clock = compareClocks({ snapshotAt: captured.snapshotAt, started, ended: new Date() })
  addClockFinding(captured.components, clock.difference)
  const clientMajor = Number.parseInt(captured.versions['clients'] ?? '', 10)
  await addDrillFinding({ config, generation, components: captured.components, clientMajor, log })
  await guardShrink({ config, components: captured.components, accepted: options['accept-shrink'] })
  const about = {
    generation,
    toolVersion: await toolVersion(),
    project: {
      name: config.PROJECT_NAME,
      ref: config.SUPABASE_PROJECT_REF ?? null,
      url: config.SUPABASE_URL ?? null,
    },
    ...captured,
  }
  const startedAt = started.toISOString()
  await writeRecovery({ ...about, startedAt })
  const runId = options['run-id']
  const manifest = await sealGeneration({ ...about, runId, startedAt })
  const { status } = manifest
  return {
    document: {
      status,
      snapshotAt: captured.snapshotAt,
      seconds: (Date.now() - started.getTime()) / 1000,
      components: captured.components,
      versions: captured.versions,
      activity,
      prunable: await prunableArchives({
        ...{ config, archives: options.archives, status },
        started: clock.archiveTime,
      }),
      ...(clock.difference && { archiveStamp: archiveStamp(clock.archiveTime) }),
    },
    exitCode: status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
})
