import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let projects: TwoProjects
const made: Record<string, string> = {}

beforeAll(async () => {
  projects = await openTwoProjects()
})
afterAll(() => projects.stop())

async function backup(...flags: string[]) {
  const run = await projects.run('backup.sh', '--json', ...flags)
  expect(run.code, run.stderr).toBe(0)
  const report = runReportSchema.parse(JSON.parse(run.stdout))
  return { archive: `${report.archive}`, report }
}

const status = async () => JSON.parse(await readFile(join(projects.state, 'status.json'), 'utf8'))

describe('backup.sh of a part of the database', () => {
  test('archives each type beside the full backup, which stays the newest, the last good one and Local', async () => {
    const before = await status()
    for (const type of ['schema', 'data', 'roles']) {
      const { archive, report } = await backup('--type', type)
      expect(archive).toMatch(new RegExp(`-${type}$`))
      expect(report).toMatchObject({ kind: 'partial', outcome: 'success', partial: { type, schemas: [] } })
      const held = report.components.filter(({ status }) => status === 'complete')
      expect(held.map(({ component }) => component)).toEqual(['database'])
      made[type] = archive
    }
    const part = await backup('--schema', 'public', '--exclude-table', 'public.task_*')
    expect(part.archive).toMatch(/-part-[0-9a-f]{8}$/)
    made['part'] = part.archive
    const after = await status()
    for (const known of ['lastRun', 'lastSuccess', 'sizes', 'baseline', 'archives', 'inTrouble'])
      expect(after[known]).toEqual(before[known])
  })
})
