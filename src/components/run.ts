import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { BackupError, ExitCode } from '../common/errors.ts'
import { runWorker, type WorkerContext, type WorkerOutcome } from '../common/worker.ts'
import { loadConfig } from '../config/load.ts'
import { readStatus } from '../report/store.ts'
import type { Component } from './component.ts'
import { components, flagsOf } from './list.ts'
import { openRendezvous } from './rendezvous.ts'

const ownFlags = {
  generation: { type: 'string', default: '' },
  previous: { type: 'string' },
  components: { type: 'string', default: '' },
  salvage: { type: 'string', multiple: true, default: [] as string[] },
  'run-directory': { type: 'string' },
} as const

/**
 * The entrypoint of a component, `src/<name>.ts`:
 *
 *     <name>.ts backup --generation DIR [--previous DIR] [--components LIST] [--salvage DIR]... [--run-directory DIR] [FLAG]...
 *     <name>.ts check
 *
 * The settings come from the environment. `backup` fills the component's folder of a new generation; what it came to stands
 * on stdout, as one JSON document. LIST are the components of the run, which work side by side. FLAGs are those of the
 * components. `check` prints the conditions of --check.
 */
export async function runComponent(component: Component): Promise<never> {
  const verbs: Record<string, (context: WorkerContext) => Promise<WorkerOutcome>> = {
    backup: (context) => backUp(component, context),
    check: (context) => check(component, context),
  }
  return runWorker(component.name, async (context) => {
    const verb = verbs[process.argv[2] ?? '']
    if (verb === undefined)
      throw new TypeError(`${component.name}.ts needs one of: ${Object.keys(verbs).join(', ')}`)
    return verb(context)
  })
}

async function backUp(component: Component, context: WorkerContext): Promise<WorkerOutcome> {
  const args = process.argv.slice(3)
  const { values: options } = parseArgs({ args, options: { ...flagsOf('backup'), ...ownFlags } })
  const { values: flags } = parseArgs({ args, options: flagsOf('backup'), strict: false })
  const { generation, previous, salvage, 'run-directory': directory } = options
  if (generation === '') throw new TypeError(`${component.name}.ts backup needs --generation`)
  const config = loadConfig(process.env)
  await mkdir(generation, { recursive: true, mode: 0o700 })
  // What a newer toolkit remembers is refused now, not after the hours that a backup may take.
  await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const named = options.components.split(',')
  const wanted = components.filter(({ name }) => named.includes(name))
  const rendezvous = openRendezvous({ component, wanted, directory, generation, ...context })
  const isInSnapshot = await rendezvous.arrived()
  const { result, snapshotAt, versions, partial } = await component
    .backup({
      ...context,
      ...{ config, generation, previous, salvage, flags, isInSnapshot },
      fillSnapshot: rendezvous.fill,
    })
    .catch(async (error: unknown) => {
      if (error instanceof BackupError) error.toldBy = await rendezvous.teller(error)
      throw error
    })
  context.signal.throwIfAborted()
  return {
    document: {
      status: result.status,
      result,
      snapshotAt: isInSnapshot ? await rendezvous.takenAt() : snapshotAt,
      versions: versions ?? {},
      ...(partial && { partial }),
    },
    exitCode: result.status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
}

async function check(component: Component, { log, signal }: WorkerContext): Promise<WorkerOutcome> {
  const conditions = await component.preflight({ config: loadConfig(process.env), log, signal })
  return {
    document: { status: 'checked', conditions },
    exitCode: conditions.some(({ status }) => status === 'FAIL') ? ExitCode.failed : ExitCode.success,
  }
}
