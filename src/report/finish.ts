import { readFile } from 'node:fs/promises'
import type { Log } from '../common/log.ts'
import { archiveNames, projectArchives } from '../retention/archives.ts'
import { buildReport, type RunFacts } from './build.ts'
import { type InputPaths, readInputs } from './inputs.ts'
import type { RunReport } from './schema.ts'
import { applyRun, type Status } from './status.ts'
import { readStatus, updateStatus, writeReport } from './store.ts'

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
  const { stateDirectory, facts, log } = options
  const report = buildReport(facts, await readInputs(options.paths))
  const archives = await countArchives(options.archiveList, report, log)
  const change = (status: Status) => applyRun(status, report, archives)
  try {
    const path = await writeReport(stateDirectory, report)
    const { environment } = options
    return {
      report,
      path,
      ...(await updateStatus({ stateDirectory, project: facts.project, environment }, change)),
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.error(
      `The run's report could not be written to ${stateDirectory}: ${reason}. The run itself is not affected.`,
    )
    const before = await readStatus(stateDirectory, facts.project)
    return { report, path: null, before, after: change(before) }
  }
}

/** The project's archives after the run: those there were, and what the run says it added and pruned. */
async function countArchives(
  path: string | undefined,
  report: RunReport,
  log: Log,
): Promise<Status['archives']> {
  if (path === undefined) return null
  try {
    const listed = archiveNames(await readFile(path, 'utf8'))
    const made = report.archives.map(({ name }) => name)
    const names = new Set([...listed, ...made].filter((name) => !report.pruned.includes(name)))
    const archives = projectArchives([...names], report.project)
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
