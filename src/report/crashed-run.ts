import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../common/log.ts'
import { toolVersion } from '../common/version.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/directories.ts'
import { isAskedOfPart } from './asked.ts'
import { type BegunRun, begunRun, isLocked, runDirectory } from './begun.ts'
import { type FinishedRun, finishRun } from './finish.ts'
import type { InputPaths } from './inputs.ts'
import { type RunKind, titleOf } from './schema.ts'

/**
 * Reports a run that could not report itself: with what it left in the state directory when it had begun, otherwise as
 * one that never did.
 */
export async function finishCrashedRun(options: {
  config: Config
  kind: RunKind
  exitCode: number
  now: Date
  environment: Environment
  /** Whether the caller holds the project's lock: then nobody else does. */
  isLockOurs?: boolean
  log: Log
}): Promise<FinishedRun> {
  const { config, kind, exitCode, now, log } = options
  const left = runDirectory(config)
  const began = await crashedRun(options)
  return finishRun({
    stateDirectory: config.STATE_DIR,
    facts: {
      toolVersion: await toolVersion(),
      project: config.PROJECT_NAME,
      kind,
      runId: began?.runId ?? randomUUID(),
      exitCode,
      narrowed: began ? await isAskedOfPart(join(left, 'asked'), config) : false,
      startedAt: began ? new Date(began.startedAt) : now,
      finishedAt: now,
      error: began
        ? {
            code: 'RUN_DIED',
            message: `The ${titleOf(kind)} ended without a report: it was killed, ran out of memory, or took too long.`,
            suggestion: 'Read the end of its log, and the journal of its unit.',
          }
        : {
            code: 'RUN_NOT_BEGUN',
            message: `The ${titleOf(kind)} failed before it could begin.`,
            suggestion: 'Read the journal of its unit, and run it by hand.',
          },
    },
    paths: began ? await filesOf(left) : {},
    environment: options.environment,
    log,
  })
}

/** The run whose files are there, unless it goes on. */
async function crashedRun(options: {
  config: Config
  environment: Environment
  isLockOurs?: boolean
}): Promise<BegunRun | undefined> {
  const { config, environment, isLockOurs = false } = options
  const begun = await begunRun(config)
  if (begun === undefined || isLockOurs) return begun
  return (begun.isAlive ?? (await isLocked(config, environment))) ? undefined : begun
}

/** The files by which src/shell/run.sh hands a run's results to its report. */
async function filesOf(directory: string): Promise<InputPaths> {
  const names = (await readdir(directory)).sort()
  const created = names.filter((name) => /^created-.*\.json$/.test(name))
  const parts = names.filter((name) => /^component-.*\.json$/.test(name))
  const path = (name: string) => join(directory, name)
  return {
    worker: path('worker.json'),
    parts: parts.map(path),
    // Of the two forms, this version's and an earlier one's, one is there.
    journal: existsSync(path('journal')) ? path('journal') : undefined,
    steps: existsSync(path('steps')) ? path('steps') : undefined,
    findings: existsSync(path('findings')) ? path('findings') : undefined,
    pruned: path('pruned'),
    detail: path('error-detail'),
    borg: created.map(path),
  }
}
