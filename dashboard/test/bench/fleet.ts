import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunReport } from '../../../src/report/schema.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import type { Lab } from '../helpers/lab.ts'
import { degraded, failed, reportOf } from '../helpers/reports.ts'

const dayMs = 86_400_000
/** Status files remember the newest runs alone; older ones would only take time to fold in. */
const foldedNights = 40

/** So many projects, each with a report a night, as years of scripts would have left them. @returns how many reports */
export async function makeFleet(lab: Lab, size: { projects: number; nights: number }): Promise<number> {
  const now = Date.now()
  for (let project = 0; project < size.projects; project += 1) {
    const name = `project-${String(project).padStart(3, '0')}`
    const state = await lab.addProject(name)
    const reports = Array.from({ length: size.nights }, (_, night) =>
      nightOf({ name, project, ago: size.nights - 1 - night, now }),
    )
    await Promise.all(reports.map((report) => leave(state, report)))
    const status = reports
      .slice(-foldedNights)
      .reduce(
        (before, report) =>
          applyRun(before, report, { complete: 21, degraded: 1, newest: report.archive, oldest: null }),
        emptyStatus(name),
      )
    await writeFile(join(state, 'status.json'), JSON.stringify(status), { mode: 0o600 })
  }
  return size.projects * size.nights
}

/** One night in fifty fails, one in thirty is incomplete, each tenth is a drill; no two projects at the same minute. */
function nightOf(of: { name: string; project: number; ago: number; now: number }): RunReport {
  const { name, project, ago, now } = of
  const startedAt = new Date(now - ago * dayMs - 3_600_000 - ((project * 37) % 180) * 60_000)
  const number = project * 7 + ago
  const seconds = 120 + ((number * 13) % 90)
  if (number % 50 === 0) return reportOf(name, startedAt, failed)
  if (number % 30 === 0) return reportOf(name, startedAt, { ...degraded, seconds })
  if (ago % 10 === 5) return reportOf(name, startedAt, { kind: 'drill', seconds: seconds * 2 })
  return reportOf(name, startedAt, { seconds, bytesFetched: 80_000_000 + (number % 97) * 100_000 })
}

async function leave(state: string, report: RunReport): Promise<void> {
  const runs = join(state, 'runs')
  await mkdir(runs, { recursive: true })
  const stamp = report.startedAt.slice(0, 19).replaceAll(/[-:]/g, '')
  const name = `${stamp}Z-${report.kind}-${report.runId}.json`
  await writeFile(join(runs, name), `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 })
}
