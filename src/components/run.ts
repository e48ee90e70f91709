import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { ExitCode } from '../common/errors.ts'
import { runWorker, type WorkerContext, type WorkerOutcome } from '../common/worker.ts'
import { loadConfig } from '../config/load.ts'
import { readStatus } from '../report/store.ts'
import type { Component } from './component.ts'
import { componentFlags, components } from './list.ts'
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
 *
 * Fills the component's folder of a new generation; the settings come from the environment. What it came to stands on stdout,
 * as one JSON document. LIST are the components of the run, which work side by side. FLAGs are those of the components.
 */
export async function runComponent(component: Component): Promise<never> {
  return runWorker(component.name, async (context) => {
    if (process.argv[2] !== 'backup') throw new TypeError(`${component.name}.ts needs the verb backup`)
    return backUp(component, context)
  })
}

async function backUp(component: Component, context: WorkerContext): Promise<WorkerOutcome> {
  const args = process.argv.slice(3)
  const { values: options } = parseArgs({ args, options: { ...componentFlags(), ...ownFlags } })
  const { values: flags } = parseArgs({ args, options: componentFlags(), strict: false })
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
  const { result, snapshotAt, versions } = await component.backup({
    ...context,
    ...{ config, generation, previous, salvage, flags, isInSnapshot },
    fillSnapshot: rendezvous.fill,
  })
  context.signal.throwIfAborted()
  return {
    document: {
      status: result.status,
      result,
      snapshotAt: isInSnapshot ? await rendezvous.takenAt() : snapshotAt,
      versions: versions ?? {},
    },
    exitCode: result.status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
}
