import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
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

/** Replaces the project's status. The caller holds the project's lock, so no two runs do this at once. */
export async function writeStatus(stateDirectory: string, status: Status): Promise<void> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 })
  await writeFileAtomic(join(stateDirectory, 'status.json'), `${JSON.stringify(status, null, 2)}\n`)
}
