import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../common/process.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/directories.ts'
import { isAlive, readRunFile } from '../run/facts.ts'
import { type BegunFacts, parseRecord } from '../run/records.ts'
import type { Overview } from './overview.ts'
import { type RunKind, runKinds } from './schema.ts'
import { lastRuns } from './status.ts'

/** A run that has begun and not reported its end, as it says itself in its directory. */
export interface BegunRun {
  /** Undefined where an earlier version began it, which did not note that. */
  kind: RunKind | undefined
  runId: string | undefined
  /** ISO 8601, UTC. */
  startedAt: string
  /** The step under way; null outside of one, or where it is not known. */
  phase: string | null
  /** Whether its process lives; undefined where that cannot be told from here. */
  isAlive: boolean | undefined
}

/** Where a run keeps what its report is made of, until it has ended. */
export function runDirectory(config: Pick<Config, 'STATE_DIR'>): string {
  return join(config.STATE_DIR, 'run')
}

/** The run that has begun and not ended; undefined when none has. */
export async function begunRun(config: Pick<Config, 'STATE_DIR'>): Promise<BegunRun | undefined> {
  const directory = runDirectory(config)
  const found = await stat(directory).catch(() => undefined)
  if (found === undefined) return undefined
  const file = readRunFile(directory)
  const facts = file ?? (await journaledRun(directory)) ?? (await notedRun(directory))
  return {
    kind: runKinds.find((known) => known === facts?.kind),
    runId: facts?.id,
    startedAt: facts?.started ?? found.birthtime.toISOString(),
    phase: file?.phase ?? null,
    isAlive: file && isAlive(file),
  }
}

type Facts = Pick<BegunFacts, 'kind' | 'id' | 'started'>

/** As the first line of the journal has it, before its follower has made run.json of it. */
async function journaledRun(directory: string): Promise<Facts | undefined> {
  const text = await readFile(join(directory, 'journal'), 'utf8').catch(() => '')
  const record = parseRecord(text.slice(0, text.indexOf('\n')))
  return record?.kind === 'begin' ? record.run : undefined
}

/** As an earlier version noted it. */
async function notedRun(directory: string): Promise<Facts | undefined> {
  const text = await readFile(join(directory, 'begun'), 'utf8').catch(() => '')
  const [kind, id, started] = text.split('\n')
  return kind && id && started ? { kind, id, started } : undefined
}

/**
 * The run that was killed before it could report: it has begun, it does not live any more, and nobody has reported it since.
 * Whether it lives its process says, by number and start; where that means nothing here, the lock does.
 */
export async function crashedRun(options: {
  config: Pick<Config, 'STATE_DIR' | 'LOCK_FILE'>
  status: Parameters<typeof lastRuns>[0]
  environment: Environment
  isLockOurs?: boolean
}): Promise<BegunRun | undefined> {
  const { config, status, environment, isLockOurs = false } = options
  const begun = await begunRun(config)
  if (begun === undefined || isReported(begun, status)) return undefined
  if (!isLockOurs && (begun.isAlive ?? (await isLocked(config, environment)))) return undefined
  // It may have ended between the two looks.
  return (await begunRun(config))?.runId === begun.runId ? begun : undefined
}

/** The run under way, by its process; undefined where there is none, or where that cannot be told from here. */
export async function livingRun(config: Pick<Config, 'STATE_DIR'>): Promise<Overview['running'] | undefined> {
  const begun = await begunRun(config)
  if (!begun?.isAlive || begun.kind === undefined || begun.runId === undefined) return undefined
  const { runId, kind, startedAt, phase } = begun
  return { runId, kind, startedAt, phase }
}

function isReported({ runId }: BegunRun, status: Parameters<typeof lastRuns>[0]): boolean {
  return runId !== undefined && lastRuns(status).some((run) => run.runId === runId)
}

/** A lock that is held belongs to another run, as do the files then. */
export async function isLocked(
  { LOCK_FILE }: Pick<Config, 'LOCK_FILE'>,
  { PATH }: Environment,
): Promise<boolean> {
  // After a restart of the machine the directory of locks may be gone, with whatever held one.
  if (!existsSync(LOCK_FILE)) return false
  return await runProgram({
    program: 'flock',
    args: ['--nonblock', LOCK_FILE, 'true'],
    env: { PATH },
    phase: 'notify/lock',
    suggestion: 'Another run is under way.',
  }).then(
    () => false,
    () => true,
  )
}
