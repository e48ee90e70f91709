import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { withFileLock } from '../common/file-lock.ts'
import { writeFileAtomic } from '../common/files.ts'
import type { RunReport } from './schema.ts'
import { emptyStatus, type Status, statusSchema } from './status.ts'

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
 * The project's status; an empty one when there is none yet or it cannot be understood (the run reports remain, and a
 * damaged status must not stop a backup).
 */
export async function readStatus(stateDirectory: string, project: string): Promise<Status> {
  try {
    return statusSchema.parse(JSON.parse(await readFile(join(stateDirectory, 'status.json'), 'utf8')))
  } catch {
    return emptyStatus(project)
  }
}

/**
 * Changes the project's status: the only place that writes it. Besides the run that holds the project's lock there is the
 * alert about another that died, so reading, changing and writing have a lock of their own.
 * @returns the status before and after
 */
export async function updateStatus(
  options: { stateDirectory: string; project: string; environment: NodeJS.ProcessEnv },
  change: (status: Status) => Status,
): Promise<{ before: Status; after: Status }> {
  const { stateDirectory, project, environment } = options
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  const path = join(stateDirectory, 'status.lock')
  return withFileLock({ path, phase: 'report/status', environment }, async () => {
    const before = await readStatus(stateDirectory, project)
    const after = change(before)
    await writeFileAtomic(join(stateDirectory, 'status.json'), `${JSON.stringify(after, null, 2)}\n`)
    return { before, after }
  })
}
