import { mkdir, rmdir } from 'node:fs/promises'
import { type ComponentResult, finding, statusOf } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { Manifest } from '../common/manifest.ts'
import type { PartialBackup } from '../common/partial.ts'
import { toolVersion } from '../common/version.ts'
import { components as allComponents, findComponent } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import { isHeld } from '../generation/held.ts'
import { writeRecovery } from '../generation/recovery.ts'
import { keepStale, readPrevious, reuseComponent } from '../generation/reuse-component.ts'
import { writeGenerationManifest } from '../generation/write-manifest.ts'
import { compareClocks } from './clock.ts'
import { type ComponentOutcome, readOutcomes } from './outcomes.ts'
import { addSizeRegressions } from './size-regression.ts'

export interface FinishOptions {
  config: Config
  generation: string
  /** The generation before, for what is left out or has failed. */
  previous: string | undefined
  /** The components of this run, and the directory in which their workers left what they came to. */
  wanted: readonly string[]
  /** Those that are not among them because the settings lack for them. */
  unconfigured: readonly string[]
  runDirectory: string
  runId: string
  /** When the run began. */
  started: Date
  acceptShrink: boolean
  log: Log
}

export interface FinishedGeneration {
  manifest: Manifest
  /** The time in the archive's name: the database's, where this machine's clock is wrong. */
  archiveTime: Date
  clockIsWrong: boolean
}

/**
 * Makes a generation of what the components have written: brings over what was left out and what failed, compares clocks
 * and sizes, and writes RECOVERY.md and the manifest.
 */
export async function finishGeneration(options: FinishOptions): Promise<FinishedGeneration> {
  const { config, generation, wanted, runId, started } = options
  const outcomes = await readOutcomes(options.runDirectory, wanted)
  const previous = await readPrevious(options.previous)
  const snapshotAt = outcomes.map((outcome) => snapshotOf(outcome)).find((time) => time !== null) ?? null
  const startedAt = started.toISOString()
  const components = await collectResults({ ...options, outcomes, manifest: previous, takenAt: snapshotAt })
  const clock = compareClocks({
    ...{ snapshotAt, started, ended: new Date() },
    component: outcomes.find((outcome) => snapshotOf(outcome) !== null)?.name,
  })
  if (clock.difference)
    components
      .find(({ component }) => component === clock.difference?.component)
      ?.findings.push(clock.difference)
  const partial = outcomes.map((outcome) => partialOf(outcome)).find((part) => part !== undefined)
  // A part is no measure of everything.
  if (partial === undefined) await addSizeRegressions({ config, components, accepted: options.acceptShrink })
  const about = {
    ...{ generation, snapshotAt, startedAt, components, partial },
    toolVersion: await toolVersion(),
    project: {
      name: config.PROJECT_NAME,
      ref: config.SUPABASE_PROJECT_REF ?? null,
      url: config.SUPABASE_URL ?? null,
    },
    versions: Object.assign(
      {},
      previous?.versions,
      ...outcomes.map((outcome) => ('result' in outcome ? outcome.versions : {})),
    ) as Record<string, string>,
  }
  await writeRecovery(about)
  const manifest = await writeGenerationManifest({ ...about, runId })
  return { manifest, archiveTime: clock.archiveTime, clockIsWrong: clock.difference !== undefined }
}

function snapshotOf(outcome: ComponentOutcome): string | null {
  return 'result' in outcome ? outcome.snapshotAt : null
}

function partialOf(outcome: ComponentOutcome): PartialBackup | undefined {
  return 'result' in outcome ? outcome.partial : undefined
}

/** What each component came to, in order: in this run, or brought over. */
async function collectResults(
  options: FinishOptions & {
    outcomes: readonly ComponentOutcome[]
    manifest: Manifest | undefined
    takenAt: string | null
  },
): Promise<ComponentResult[]> {
  const { outcomes, started, generation, log } = options
  const results: ComponentResult[] = []
  const told = new Map<string, string>()
  const aside = `${generation}.partial`
  await mkdir(aside, { recursive: true, mode: 0o700 })
  for (const { name: component, salvages, within } of allComponents) {
    const outcome = outcomes.find(({ name }) => name === component)
    // What has been read now within another one makes an older copy of its own useless.
    if (outcome === undefined && outcomes.some((other) => other.name === within && 'result' in other))
      continue
    if (outcome === undefined) {
      const left = await reuseComponent({ ...options, component })
      const isElsewhere = results.some((result) => result.component === within && isHeld(result))
      // It is no lack where another one's copy has it.
      if (left.status !== 'skipped' || !isElsewhere) results.push(left)
    } else if ('result' in outcome) {
      const takenAt = outcome.snapshotAt ?? options.takenAt ?? started.toISOString()
      results.push({ ...outcome.result, takenAt, status: statusOf(outcome.result.findings) })
    } else {
      const { error, known } = outcome
      const reason = JSON.stringify([error.code, error.message, error.detail])
      const stale = await keepStale({
        ...{ ...options, component, error, known },
        toldBy: told.get(reason),
        aside: salvages ? aside : undefined,
      })
      told.set(reason, told.get(reason) ?? component)
      log.warn(stale.findings[0]?.message ?? '')
      results.push(stale)
    }
  }
  noteUnconfigured(results, options)
  // What is in it stays, for the next run.
  await rmdir(aside).catch(() => {})
  return results
}

/** Of those that the settings lack for, one note: with the first. */
function noteUnconfigured(results: ComponentResult[], { config, unconfigured }: FinishOptions): void {
  const lacking = results.flatMap((result) => {
    const configuration = findComponent(result.component)?.configuration
    const problem = unconfigured.includes(result.component) ? configuration?.missing(config) : undefined
    return problem === undefined ? [] : [{ result, problem, lost: configuration?.lost }]
  })
  const [first, ...others] = lacking
  if (first === undefined) return
  const names = lacking.map(({ result }) => result.component)
  const { result, problem, lost } = first
  const message =
    others.length === 0
      ? `Not backed up: ${result.component}. ${problem.message} ${lost} ${problem.suggestion}`
      : `Not backed up, as the settings lack what they need: ${names.join(', ')}. What to set for each: backup.sh --check; or leave them out with --skip ${names.join(',')}.`
  const { component } = result
  result.findings = [
    ...result.findings,
    finding({ component, severity: 'note', kind: 'component-not-configured', names, message }),
  ]
}
