import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../common/process.ts'
import type { Environment } from '../config/directories.ts'
import type { Config } from '../config/load.ts'
import { type RunKind, runKinds } from './schema.ts'
import type { Status } from './status.ts'

/** A run that has begun and not reported its end, as src/shell/run.sh notes it. */
export interface BegunRun {
  /** Undefined where an earlier version began it, which did not note that. */
  kind: RunKind | undefined
  runId: string | undefined
  /** ISO 8601, UTC. */
  startedAt: string
}

/** Where a run keeps what its report is made of, until it has ended. */
export function runDirectory(config: Pick<Config, 'STATE_DIR'>): string {
  return join(config.STATE_DIR, 'run')
}

/** The run that has begun and not ended; undefined when none has. */
export async function begunRun(config: Config): Promise<BegunRun | undefined> {
  const directory = runDirectory(config)
  const found = await stat(directory).catch(() => undefined)
  if (found === undefined) return undefined
  const text = await readFile(join(directory, 'begun'), 'utf8').catch(() => '')
  const [kind, runId, startedAt] = text.split('\n')
  return {
    kind: runKinds.find((known) => known === kind),
    runId: runId || undefined,
    startedAt: startedAt || found.birthtime.toISOString(),
  }
}

/**
 * The run that was killed before it could report: it has begun, the lock is free (or the caller's), and nobody has reported
 * it since.
 */
export async function crashedRun(options: {
  config: Config
  status: Status
  environment: Environment
  isLockOurs?: boolean
}): Promise<BegunRun | undefined> {
  const { config, status, environment, isLockOurs = false } = options
  const begun = await begunRun(config)
  if (begun === undefined || isReported(begun, status)) return undefined
  if (!isLockOurs && (await isLocked(config, environment))) return undefined
  // It may have ended between the two looks.
  return (await begunRun(config)) === undefined ? undefined : begun
}

function isReported({ runId }: BegunRun, status: Status): boolean {
  return runId !== undefined && Object.values(status.lastRun).some((run) => run.runId === runId)
}

/** A lock that is held belongs to another run, as do the files then. */
export async function isLocked({ LOCK_FILE }: Config, { PATH }: Environment): Promise<boolean> {
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
