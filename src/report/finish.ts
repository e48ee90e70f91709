import { BackupError } from '../common/errors.ts'
import type { Log } from '../common/log.ts'
import { projectArchives, readArchiveList, withoutForeign } from '../retention/archives.ts'
import { inOrderOfRuns } from '../retention/order.ts'
import { buildReport, type RunFacts } from './build.ts'
import { type InputPaths, readInputs } from './inputs.ts'
import type { RunFinding, RunReport } from './schema.ts'
import { applyRun, emptyStatus, lastRuns, madeBy, type Status } from './status.ts'
import { loadStatus, updateStatus, writeReport } from './store.ts'

export interface FinishedRun {
  report: RunReport
  /** Where the report lies; null when it could not be written. */
  path: string | null
  /** The project's status before and after the run. */
  before: Status
  after: Status
}

/**
 * Ends a run: builds its report, writes it and the new status into the project's state directory. A directory that
 * cannot be written is an error in the log and a null path: the report itself is still returned, to be shown and sent.
 */
export async function finishRun(options: {
  stateDirectory: string
  facts: RunFacts
  paths: InputPaths
  /** Output of `borg list --json` from the beginning of the run. */
  archiveList?: string | undefined
  environment: NodeJS.ProcessEnv
  log: Log
}): Promise<FinishedRun> {
  const { stateDirectory, facts, environment, log } = options
  const inputs = await readInputs(options.paths)
  const loaded = await loadStatus(stateDirectory, facts.project).catch((error: unknown) => failureOf(error))
  if (loaded.damage !== undefined) inputs.findings.push(damageFinding(loaded.damage))
  const report = buildReport(facts, inputs)
  const archives = await countArchives({ path: options.archiveList, report, before: loaded.status, log })
  // Who reported it may have been killed before it could say so.
  const change = (status: Status) =>
    lastRuns(status).some(({ runId }) => runId === report.runId) ? status : applyRun(status, report, archives)
  const unwritten = { before: loaded.status, after: change(loaded.status) }
  let path: string | null = null
  try {
    path = await writeReport(stateDirectory, report)
    return {
      report,
      path,
      ...(await updateStatus({ stateDirectory, project: facts.project, environment }, change)),
    }
  } catch (error) {
    const what =
      path === null
        ? `The run's report could not be written to ${stateDirectory}`
        : 'The status was not changed'
    log.error(`${what}: ${reasonOf(error)} The run itself is not affected.`)
    return { report, path, ...unwritten }
  }
}

/** A status that cannot be read at all is not changed either, which is said then. */
function failureOf(error: unknown): { status: Status; damage: string | undefined } {
  if (!(error instanceof BackupError)) throw error
  return { status: emptyStatus(''), damage: undefined }
}

function damageFinding(reason: string): RunFinding {
  return {
    component: null,
    severity: 'manual',
    kind: 'status-damaged',
    count: 1,
    message: `status.json was damaged (${reason.split('\n')[0]}). It is set aside beside the new one, which was made from the run reports that are left: compare them.`,
    names: [],
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof BackupError) return `${error.message} ${error.suggestion}`
  return `${error instanceof Error ? error.message : error}.`
}

/** The project's archives after the run: those there were, and what the run says it added and pruned. */
async function countArchives(options: {
  path: string | undefined
  report: RunReport
  before: Status
  log: Log
}): Promise<Status['archives']> {
  const { path, report, before, log } = options
  if (path === undefined) return null
  try {
    const listed = withoutForeign(await readArchiveList(path))
    const made = report.archives.map(({ name }) => name)
    const names = new Set([...listed, ...made].filter((name) => !report.pruned.includes(name)))
    const full = projectArchives([...names], report.project).filter(({ part }) => part === undefined)
    const archives = inOrderOfRuns(full, [...made, ...madeBy(before)], new Date(report.finishedAt))
    const complete = archives.filter((archive) => archive.status === 'complete').length
    return {
      complete,
      degraded: archives.length - complete,
      newest: archives[0]?.name ?? null,
      oldest: archives.at(-1)?.name ?? null,
    }
  } catch (error) {
    log.warn(
      `The list of archives at ${path} could not be read: ${error instanceof Error ? error.message : error}`,
    )
    return null
  }
}
