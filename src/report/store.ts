import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../common/errors.ts'
import { withFileLock } from '../common/file-lock.ts'
import { writeFileAtomic } from '../common/files.ts'
import { readState } from '../common/state-file.ts'
import { type RunReport, reportSchemaVersion, runReportSchema } from './schema.ts'
import { applyRun, emptyStatus, type Status, statusSchema, statusVersion } from './status.ts'

const reportsKept = 1000

/** `20261120T030000Z-backup-<run id>.json`: names sort by time. */
function reportFileName(report: RunReport): string {
  const started = `${report.startedAt.slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  return `${started}-${report.kind}-${report.runId}.json`
}

/**
 * Writes a run's report into the project's state directory, whole or not at all, and drops the oldest beyond a thousand.
 * @returns its path
 */
export async function writeReport(stateDirectory: string, report: RunReport): Promise<string> {
  const runs = join(stateDirectory, 'runs')
  await mkdir(runs, { recursive: true, mode: 0o700 })
  const path = join(runs, reportFileName(report))
  await writeFileAtomic(path, `${JSON.stringify(report, null, 2)}\n`)
  const files = (await readdir(runs)).filter((name) => name.endsWith('.json')).sort()
  for (const name of files.slice(0, Math.max(0, files.length - reportsKept)))
    await rm(join(runs, name), { force: true })
  return path
}

/**
 * The project's status; an empty one when there is none yet. One that is damaged does not stop a backup: it is made anew
 * from the run reports, and set aside by the next run, see `updateStatus`.
 * @throws BackupError STATE_TOO_NEW when only a newer toolkit can read it
 */
export async function readStatus(stateDirectory: string, project: string): Promise<Status> {
  return (await loadStatus(stateDirectory, project)).status
}

/** The same for what does as well without, such as a list of archives, which is needed most when much else is broken. */
export async function readStatusIfAny(stateDirectory: string, project: string): Promise<Status> {
  return await readStatus(stateDirectory, project).catch(() => emptyStatus(project))
}

/** The status, and what is wrong with its file, in words for people. */
export async function loadStatus(
  stateDirectory: string,
  project: string,
): Promise<{ status: Status; damage: string | undefined }> {
  const path = statusFile(stateDirectory)
  try {
    const status = await readState(path, statusSchema, statusVersion)
    return { status: status ?? emptyStatus(project), damage: undefined }
  } catch (error) {
    if (error instanceof BackupError && error.code === 'STATE_TOO_NEW') throw error
    const reason = error instanceof BackupError ? (error.detail ?? error.message) : String(error)
    return { status: await rebuildStatus(stateDirectory, project), damage: reason }
  }
}

/** What the run reports that are left say, one after the other, as if each had just ended. */
async function rebuildStatus(stateDirectory: string, project: string): Promise<Status> {
  const runs = join(stateDirectory, 'runs')
  const names = await readdir(runs).catch((): string[] => [])
  let status = emptyStatus(project)
  for (const name of names.filter((file) => file.endsWith('.json')).sort()) {
    const report = await readState(join(runs, name), runReportSchema, reportSchemaVersion).catch(
      () => undefined,
    )
    if (report?.project === project) status = applyRun(status, report)
  }
  return status
}

function statusFile(stateDirectory: string): string {
  return join(stateDirectory, 'status.json')
}

/** Where a damaged file is put: `status.json.damaged-20261120T030000Z`. */
function asideName(file: string, now: Date): string {
  return `${file}.damaged-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/**
 * Changes the project's status: the only place that writes it. Besides the run that holds the project's lock there is the
 * alert about another that died, so reading, changing and writing have a lock of their own.
 * A file that is damaged is never overwritten, but renamed to status.json.damaged-<time>.
 * @returns the status before and after
 * @throws BackupError STATE_TOO_NEW, and then nothing is changed
 */
export async function updateStatus(
  options: { stateDirectory: string; project: string; environment: NodeJS.ProcessEnv },
  change: (status: Status) => Status,
): Promise<{ before: Status; after: Status }> {
  const { stateDirectory, project, environment } = options
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const path = join(stateDirectory, 'status.lock')
  return withFileLock({ path, phase: 'report/status', environment }, async () => {
    const { status: before, damage } = await loadStatus(stateDirectory, project)
    const file = statusFile(stateDirectory)
    if (damage !== undefined) await rename(file, asideName(file, new Date()))
    const after = change(before)
    await writeFileAtomic(file, `${JSON.stringify(after, null, 2)}\n`)
    return { before, after }
  })
}
