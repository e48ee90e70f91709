/**
 * The worker of backup.sh around its components.
 *
 *     generation.ts compare --run-directory DIR --components LIST [--previous DIR]
 *     generation.ts seal --generation DIR --run-directory DIR --components LIST [--previous DIR] [--started TIME]
 *                        [--run-id ID] [--archives FILE] [--accept-shrink] [--unconfigured LIST] [--turn FILE]
 *
 * `compare`, for SKIP_IF_UNCHANGED: writes the fingerprint of all changes so far to DIR/fingerprint, and makes DIR/unchanged
 * where a backup would only repeat the last. `seal` makes a generation of what the components of LIST have written: their
 * workers' documents are in DIR, which gets `prunable`, the names of the archives that retention lets go once this one
 * exists; where this machine's clock is wrong, `archive-stamp`, the time in the archive's name; and of a partial backup `archive-part`, what
 * stands behind that. The unconfigured components are
 * those that are not in LIST because the settings lack for them. With --turn it is started ahead, and waits until that file is
 * there; until then a signal ends it without a word.
 *
 * On stdout: one JSON document with the status, each component's result, versions and the fingerprint.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { finishGeneration } from './backup/finish.ts'
import { prunableArchives } from './backup/prunable.ts'
import { fingerprintOf, isRepetition } from './backup/repetition.ts'
import { awaitTurn } from './common/await-turn.ts'
import { ExitCode } from './common/errors.ts'
import { partOf } from './common/partial.ts'
import { runWorker, type WorkerContext, type WorkerOutcome } from './common/worker.ts'
import { componentNames, findComponent } from './components/list.ts'
import { loadConfig } from './config/load.ts'
import { componentsOf } from './generation/held.ts'
import { archiveStamp } from './retention/archives.ts'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    generation: { type: 'string', default: '' },
    previous: { type: 'string' },
    components: { type: 'string', default: '' },
    'run-directory': { type: 'string', default: '' },
    'run-id': { type: 'string', default: 'manual' },
    started: { type: 'string' },
    archives: { type: 'string' },
    'accept-shrink': { type: 'boolean', default: false },
    unconfigured: { type: 'string', default: '' },
    turn: { type: 'string' },
  },
})
const runDirectory = options['run-directory']
const named = options.components.split(',')
const wanted = componentNames.filter((name) => named.includes(name))

async function compare({ log, signal }: WorkerContext): Promise<WorkerOutcome> {
  const config = loadConfig(process.env)
  const fingerprint = await fingerprintOf({ config, wanted, log, signal })
  if (fingerprint !== null) await writeFile(join(runDirectory, 'fingerprint'), fingerprint)
  if (!(await isRepetition({ config, fingerprint, wanted, previous: options.previous, log })))
    return { document: { status: 'changed', activity: fingerprint }, exitCode: ExitCode.success }
  log.info('nothing has changed since the last backup')
  await writeFile(join(runDirectory, 'unchanged'), '')
  return { document: { status: 'unchanged', activity: fingerprint }, exitCode: ExitCode.success }
}

async function seal({ log, signal }: WorkerContext): Promise<WorkerOutcome> {
  const config = loadConfig(process.env)
  const { generation, previous, archives } = options
  const started = options.started === undefined ? new Date() : new Date(options.started)
  const { manifest, archiveTime, clockIsWrong } = await finishGeneration({
    ...{ config, generation, previous, wanted, runDirectory, started, log },
    runId: options['run-id'],
    acceptShrink: options['accept-shrink'],
    unconfigured: componentNames.filter((name) => options.unconfigured.split(',').includes(name)),
  })
  signal.throwIfAborted()
  const { status, snapshotAt, components, versions, partial } = manifest
  const part = partial && partOf(partial, besidesParts(wanted))
  const prunable = await prunableArchives({
    ...{ config, archives, status, started: archiveTime, part },
    components: componentsOf(manifest),
  })
  if (part !== undefined) await writeFile(join(runDirectory, 'archive-part'), part)
  await writeFile(join(runDirectory, 'prunable'), prunable.map((name) => `${name}\n`).join(''))
  if (clockIsWrong) await writeFile(join(runDirectory, 'archive-stamp'), archiveStamp(archiveTime))
  const activity = await readFile(join(runDirectory, 'fingerprint'), 'utf8').catch(() => null)
  return {
    document: { status, snapshotAt, components, versions, activity, partial: partial ?? null },
    exitCode: status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
}

/** Those of a partial backup that no part is of: they are in it since they were named. */
function besidesParts(names: readonly string[]): string[] {
  return names.filter((name) => !findComponent(name)?.takesParts)
}

const verbs: Record<string, (context: WorkerContext) => Promise<WorkerOutcome>> = { compare, seal }

if (options.turn !== undefined) await awaitTurn(options.turn)
await runWorker('generation', async (context) => {
  const verb = verbs[positionals[0] ?? '']
  if (verb === undefined) throw new TypeError(`generation.ts needs one of: ${Object.keys(verbs).join(', ')}`)
  return verb(context)
})
