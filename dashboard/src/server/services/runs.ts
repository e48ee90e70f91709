import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { and, desc, eq, inArray, isNotNull, lt, or } from 'drizzle-orm'
import type { ToolkitError } from '../../shared/toolkit-error.ts'
import { type Principal, shownName } from '../auth/principal.ts'
import type { Database } from '../db/open.ts'
import { launches, runs } from '../db/schema/index.ts'
import { readEnd } from '../ingest/read-end.ts'
import { readReport } from '../ingest/reports.ts'
import type { WatchedProject } from '../ingest/watched-project.ts'
import { notFound, Problem } from '../problem.ts'
import type { RunQueue } from '../runner/queue.ts'
import type { Runner } from '../runner/runner.ts'
import { type StartOptions, startOptionsSchema } from '../runner/start-options.ts'
import {
  BackupError,
  exportedSchema,
  isAlive,
  previewedSchema,
  readRunFile,
  verifiedSchema,
} from '../toolkit.ts'
import { requireOwn } from './archives.ts'
import type { Exports } from './exports.ts'
import type { Registry } from './registry.ts'

const mostRows = 50

export interface RunFilter {
  projectId: string
  limit?: number | undefined
  kind?: string | undefined
  outcome?: string | undefined
  /** Those before this one, as an answer before gave it. */
  cursor?: { startedAt: number; file: string } | undefined
}

/** What runs of projects did, and starting and stopping them. */
export function runsOf(parts: {
  database: Database
  registry: Registry
  runner: Runner
  queue: RunQueue
  exports: Exports
  lookAt: (id: string) => void
}) {
  const { database, registry, runner, queue, exports, lookAt } = parts
  /** Who cancelled which run, until its report is there. */
  const cancelled = new Map<string, string>()

  const findRow = (projectId: string, runId: string) =>
    database
      .select()
      .from(runs)
      .where(and(eq(runs.projectId, projectId), eq(runs.runId, runId)))
      .get()

  const findLaunch = (projectId: string, runId: string) =>
    database
      .select()
      .from(launches)
      .where(and(eq(launches.projectId, projectId), eq(launches.runId, runId)))
      .get()

  return {
    list({ projectId, kind, outcome, cursor, limit = mostRows }: RunFilter) {
      registry.get(projectId)
      const conditions = [
        eq(runs.projectId, projectId),
        kind === undefined ? undefined : eq(runs.kind, kind),
        outcome === undefined ? undefined : eq(runs.outcome, outcome),
        cursor === undefined
          ? undefined
          : or(
              lt(runs.startedAt, new Date(cursor.startedAt)),
              and(eq(runs.startedAt, new Date(cursor.startedAt)), lt(runs.file, cursor.file)),
            ),
      ]
      const rows = database
        .select()
        .from(runs)
        .where(and(...conditions.filter((condition) => condition !== undefined)))
        .orderBy(desc(runs.startedAt), desc(runs.file))
        .limit(limit + 1)
        .all()
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        rows: shown.map(summaryOf),
        nextCursor: last ? { startedAt: last.startedAt.getTime(), file: last.file } : null,
      }
    },

    /** Runs that wait for their turn, in its order. */
    queued: () => queue.list(),

    /** Runs that were started here and left no report, newest first. */
    unbegun(projectId: string) {
      registry.get(projectId)
      return database
        .select()
        .from(launches)
        .where(
          and(
            eq(launches.projectId, projectId),
            inArray(launches.state, ['refused', 'skipped', 'cancelled', 'lost']),
          ),
        )
        .orderBy(desc(launches.startedAt))
        .limit(3)
        .all()
        .map(launchOf)
    },

    /** @throws Problem NOT_FOUND */
    async get(projectId: string, runId: string) {
      const project = registry.get(projectId)
      const row = findRow(projectId, runId)
      const launch = findLaunch(projectId, runId)
      const isRunning = project.running?.runId === runId
      const isCrashed = project.crashed?.runId === runId
      if (row === undefined && launch === undefined && !isRunning && !isCrashed) throw notFound('run')
      return {
        runId,
        projectId,
        projectName: project.name,
        state: stateOf({ row, launch, isRunning, isCrashed, isCancelled: cancelled.has(runId) }),
        kind: row?.kind ?? launch?.kind ?? project.running?.kind ?? project.crashed?.kind ?? 'run',
        startedAt:
          row?.startedAt.toISOString() ??
          project.running?.startedAt ??
          project.crashed?.startedAt ??
          launch?.startedAt.toISOString() ??
          null,
        startedBy: launch?.startedBy ?? null,
        cancelledBy: launch?.cancelledBy ?? cancelled.get(runId) ?? null,
        launch: launch ? launchOf(launch) : null,
        queued: launch?.state === 'queued' ? (queue.list().find((one) => one.runId === runId) ?? null) : null,
        summary: row ? summaryOf(row) : null,
        ...(await reportOf(project, row?.file)),
        live: isRunning && project.tail?.run.runId === runId ? project.tail.run : null,
      }
    },

    /** The end of its log, at most 64 KiB. @throws Problem NOT_FOUND */
    async log(projectId: string, runId: string): Promise<{ text: string; isCut: boolean } | null> {
      const project = registry.get(projectId)
      const row = findRow(projectId, runId)
      const started =
        row?.startedAt.toISOString() ??
        (project.running?.runId === runId ? project.running.startedAt : undefined)
      const kind = row?.kind ?? project.running?.kind
      if (started === undefined || kind === undefined) return null
      const stamp = started.slice(0, 19).replace('T', '_').replaceAll(':', '-')
      const names = await readdir(project.logDirectory).catch((): string[] => [])
      const name = names.find((file) => file === `${stamp}-${kind}.log`)
      return name === undefined ? null : await readEnd(join(project.logDirectory, name))
    },

    /** What was asked of a script, and what it answered: of a preview, or of a check of a backup's files. @throws Problem NOT_FOUND */
    async answer(projectId: string, runId: string) {
      registry.get(projectId)
      const launch = findLaunch(projectId, runId)
      if (launch === undefined) throw notFound('run')
      const { answer } = launch
      const isThere = answer !== null
      // What a schedule exports stays where it is.
      const isKept = launch.kind === 'export' && launch.scheduleId !== null
      return {
        options: startedOptions(launch),
        exported: launch.kind === 'export' && isThere && !isKept ? await exports.files(runId) : null,
        exportedTo: isThere && isKept ? exportedSchema.parse(JSON.parse(answer)).folder : null,
        verified: launch.kind === 'verify' && isThere ? verifiedSchema.parse(JSON.parse(answer)) : null,
        previewed: isPreview(launch.kind) && isThere ? previewedSchema.parse(JSON.parse(answer)) : null,
      }
    },

    /**
     * Asks for something, which begins when its turn has come: at once, where none goes on before it. Who may do it is decided before, see `requiredRole`.
     * @returns the run's id
     * @throws Problem NOT_FOUND, PROJECT_UNREADABLE, COMPONENT_UNKNOWN, TARGET_NOT_CONFIRMED, PROJECT_INACTIVE, RUN_QUEUED, QUEUE_FULL
     */
    start(projectId: string, options: StartOptions, by: Principal): string {
      const project = registry.get(projectId)
      requireReadable(project)
      if ('only' in options) requireComponents(project, options.only)
      if ('archive' in options && options.archive !== undefined) requireOwn(project, options.archive)
      if (options.kind === 'delete') requireTyped(options)
      if ('confirm' in options) requireConfirmed(project, options, registry)
      if ('target' in options && options.target.type === 'project') registry.get(options.target.projectId)
      const runId = queue.put({ projectId, options, startedBy: shownName(by) })
      queue.pump()
      lookAt(projectId)
      return runId
    },

    /**
     * Takes a run out of the queue, or asks it to end, whoever started it: SIGTERM to its process, as the toolkit documents it. It tidies
     * up and reports.
     * @throws Problem NOT_RUNNING
     */
    cancel(projectId: string, runId: string, by: Principal): void {
      const project = registry.get(projectId)
      if (queue.cancel(projectId, runId, shownName(by))) return
      const file = readRunFile(join(project.stateDirectory, 'run'))
      if (file?.id === runId && isAlive(file) === true) process.kill(file.pid, 'SIGTERM')
      else if (runner.isOwn(runId)) runner.abort(runId)
      else
        throw new Problem({
          status: 409,
          code: 'NOT_RUNNING',
          message: 'This run is not under way, as far as can be told from this machine.',
          suggestion: 'Look at it again: it may have ended meanwhile.',
        })
      cancelled.set(runId, shownName(by))
      runner.noteCancelled(runId, shownName(by))
    },

    /** A run has ended: nothing is to be kept for it. */
    forgetEnded(projectId: string): void {
      const project = registry.get(projectId)
      for (const runId of cancelled.keys()) if (findRow(projectId, runId)) cancelled.delete(runId)
      runner.settleLost(projectId, (runId) => {
        if (findRow(projectId, runId)) return 'ended'
        return project.running?.runId === runId || project.crashed?.runId === runId ? 'running' : undefined
      })
    },

    /** Runs that could not be read, of all projects. */
    countUnreadable: () => database.$count(runs, isNotNull(runs.unreadable)),
  }
}

function isPreview(kind: StartOptions['kind']): boolean {
  return kind === 'preview' || kind === 'rollback-preview'
}

async function reportOf(project: WatchedProject, file: string | undefined) {
  if (file === undefined) return { report: null, unreadable: null }
  try {
    return { report: await readReport(join(project.stateDirectory, 'runs'), file), unreadable: null }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    const { code, message, detail, suggestion, phase } = error
    const unreadable: ToolkitError = { code, message, detail: detail ?? null, suggestion, phase }
    return { report: null, unreadable }
  }
}

export type RunState =
  | 'queued'
  | 'starting'
  | 'running'
  | 'cancelling'
  | 'crashed'
  | 'ended'
  | 'answered'
  | 'refused'
  | 'skipped'
  | 'cancelled'
  | 'lost'

function stateOf(known: {
  row: unknown
  launch: { state: (typeof launches.$inferSelect)['state'] } | undefined
  isRunning: boolean
  isCrashed: boolean
  isCancelled: boolean
}): RunState {
  const { row, launch, isRunning, isCrashed, isCancelled } = known
  if (row !== undefined) return 'ended'
  if (isRunning) return isCancelled ? 'cancelling' : 'running'
  if (isCrashed) return 'crashed'
  if (launch?.state === 'started') return isCancelled ? 'cancelling' : 'starting'
  // Of one that has ended the report is written, and will be in the index at the next look.
  if (launch === undefined || launch.state === 'ended') return 'starting'
  return launch.state
}

function summaryOf(row: typeof runs.$inferSelect) {
  const {
    startedAt,
    finishedAt,
    fileBytes: _bytes,
    fileModified: _modified,
    projectId: _project,
    file: _file,
    proof: _proof,
    indexVersion: _version,
    ...rest
  } = row
  return { ...rest, startedAt: startedAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null }
}

function launchOf(launch: typeof launches.$inferSelect) {
  const { runId, kind, startedBy, startedAt, cancelledBy, state, problem, scheduleId } = launch
  const said: ToolkitError | null = problem === null ? null : JSON.parse(problem)
  return {
    ...{ runId, kind, startedBy, startedAt: startedAt.toISOString(), cancelledBy, state, scheduleId },
    problem: said,
  }
}

/** Null where another version of the dashboard has started it. */
function startedOptions({ kind, options }: typeof launches.$inferSelect): StartOptions | null {
  return startOptionsSchema.safeParse({ ...JSON.parse(options), kind }).data ?? null
}

function requireReadable({ settings, problem }: WatchedProject): void {
  if (settings !== null) return
  throw new Problem({
    status: 409,
    code: 'PROJECT_UNREADABLE',
    message: 'The configuration of this project cannot be read, so nothing can be started.',
    suggestion: problem?.suggestion ?? 'Mend it first.',
  })
}

function requireTyped({ archive, typed }: Extract<StartOptions, { kind: 'delete' }>): void {
  if (archive === typed) return
  throw new Problem({
    status: 400,
    code: 'ARCHIVE_NOT_CONFIRMED',
    message: 'What was typed is not the name of the archive.',
    suggestion: `Type it in full: ${archive}.`,
  })
}

/** The script asks it as well; whoever mistypes it is told before a run is begun. */
function requireConfirmed(
  source: WatchedProject,
  { target, confirm }: Extract<StartOptions, { confirm: string }>,
  registry: Registry,
): void {
  const reference =
    target.type === 'test' ? source.settings?.drillTarget : registry.get(target.projectId).settings?.origin
  if (reference === confirm) return
  throw new Problem({
    status: 400,
    code: 'TARGET_NOT_CONFIRMED',
    message: reference
      ? 'What was typed is not the reference of the target.'
      : 'This target is not described.',
    suggestion: reference
      ? `Type it in full: ${reference}.`
      : 'Set the TEST_SUPABASE_ variables in the env file of the project, or choose another target.',
  })
}

function requireComponents({ settings }: WatchedProject, only: string[] | undefined): void {
  const known = settings?.components.map(({ name }) => name) ?? []
  const unknown = only?.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new Problem({
    status: 400,
    code: 'COMPONENT_UNKNOWN',
    message: `There is no component ${unknown}.`,
    suggestion: `There are: ${known.join(', ')}.`,
  })
}
