import { access, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErrorReport } from '../common/errors.ts'
import { type ComponentResult, finding } from '../common/findings.ts'
import { type Manifest, readManifest } from '../common/manifest.ts'
import { runProgram } from '../common/process.ts'
import { findComponent } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import { isHeld } from './held.ts'

/** A generation made before, as far as it can still be used; undefined when there is none or it cannot be believed. */
export async function readPrevious(previous: string | undefined): Promise<Manifest | undefined> {
  if (previous === undefined) return undefined
  const exists = await access(previous).then(
    () => true,
    () => false,
  )
  return exists ? await readManifest(previous).catch(() => undefined) : undefined
}

interface ReuseOptions {
  component: string
  /** The generation before, and its manifest. */
  previous: string | undefined
  manifest: Manifest | undefined
  generation: string
  config: Pick<Config, 'environment'>
}

/**
 * What a run was told to leave out is brought over from the previous generation by hard links, so that the newest
 * generation is always whole: restoring from it needs no second one, and the next night downloads nothing anew.
 */
export async function reuseComponent(options: ReuseOptions): Promise<ComponentResult> {
  const { component } = options
  const before = await bringOver(options)
  if (before === undefined) return { component, status: 'skipped', seconds: 0, counts: {}, findings: [] }
  const message = `The ${component} was left out of this run; it is that of ${before.takenAt}.`
  return {
    ...before,
    status: 'carried',
    seconds: 0,
    findings: [finding({ component, severity: 'note', kind: 'carried', count: 1, message })],
  }
}

/**
 * In place of a component whose backup failed, its last good copy is brought over, and said to be that: the run is degraded,
 * not lost.
 * @param options.known what the failed backup had come to: what it received was received all the same
 * @param options.toldBy the component that has told of this very error already
 * @param options.aside where the unfinished folder goes, if a later run can take something from it; else it is removed
 */
export async function keepStale(
  options: ReuseOptions & {
    error: ErrorReport
    known: ComponentResult | undefined
    toldBy: string | undefined
    aside: string | undefined
  },
): Promise<ComponentResult> {
  const { component, generation, error, known, toldBy, aside } = options
  const folder = join(generation, component)
  if (aside === undefined) await rm(folder, { recursive: true, force: true })
  else
    await rename(folder, join(aside, component)).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ENOENT') throw thrown
    })
  const before = await bringOver(options)
  const detail = error.detail === null ? '' : ` (${error.detail.trim()})`
  const said = `${error.message.trim().replace(/\.$/, '')}${detail}.`
  const kept =
    before === undefined
      ? 'There is no earlier copy of it, so this backup is without it.'
      : `What this backup has of it is its last good copy, of ${before.takenAt}.`
  const message =
    toldBy === undefined
      ? `The ${component} could not be backed up: ${said} ${kept} ${error.suggestion} [${error.code} in ${error.phase}]`
      : `The ${component} could not be backed up, for the reason that ${toldBy} has told. ${kept} [${error.code} in ${error.phase}]`
  const kind = before === undefined ? 'component-failed' : 'component-stale'
  const received = known?.counts['bytesReceived']
  return {
    ...before,
    component,
    status: before === undefined ? 'failed' : 'stale',
    seconds: known?.seconds ?? 0,
    counts: { ...before?.counts, ...(received !== undefined && { bytesReceived: received }) },
    findings: [finding({ component, severity: 'degraded', kind, count: 1, message })],
  }
}

/** Links the component of the generation before into the new one; undefined where it has none. */
async function bringOver({
  component,
  previous,
  manifest,
  generation,
  config,
}: ReuseOptions): Promise<ComponentResult | undefined> {
  const before = manifest?.components.find((result) => result.component === component)
  if (previous === undefined || manifest === undefined || before === undefined || !isHeld(before))
    return undefined
  await runProgram({
    program: 'cp',
    args: ['-al', '--', join(previous, component), join(generation, component)],
    env: { PATH: config.environment['PATH'] },
    phase: `${component}/reuse`,
    suggestion: 'The previous generation must lie on the same file system as the new one.',
  })
  const effort = findComponent(component)?.effort ?? []
  const counts = Object.fromEntries(Object.entries(before.counts).filter(([name]) => !effort.includes(name)))
  return { ...before, counts, takenAt: before.takenAt ?? manifest.snapshotAt ?? manifest.startedAt }
}
