import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let projects: TwoProjects

const restore = (...flags: string[]) =>
  projects.restore('--archive', 'latest', '--no-safety-backup', ...flags)

async function rows(table: string): Promise<number> {
  return (await query(projects.target.databaseUrl, `select from ${table}`)).length
}

beforeAll(async () => {
  projects = await openTwoProjects()
})
afterAll(() => projects.stop())

describe('restore.sh with a part of the database', () => {
  test('brings the rows of one table back and leaves the others alone', async () => {
    const before = await rows('public.comments')
    expect(before).toBeGreaterThan(0)
    await query(projects.target.databaseUrl, 'delete from public.comments; delete from public.task_labels')
    const restored = await restore('--table', 'public.comments', '--data-only')
    expect(restored.code, restored.stderr).toBe(0)
    const report = runReportSchema.parse(JSON.parse(restored.stdout))
    expect(report.components).toMatchObject([{ component: 'database', counts: { tables: 1, rows: before } }])
    expect([await rows('public.comments'), await rows('public.task_labels')]).toEqual([before, 0])
  })

  test('puts a table beside what is there, under another name', async () => {
    await query(projects.target.databaseUrl, 'delete from public.task_labels')
    const restored = await restore('--table', 'public.task_labels', '--into-schema', 'as_it_was')
    expect(restored.code, restored.stderr).toBe(0)
    expect(await rows('public.task_labels')).toBe(0)
    expect(await rows('as_it_was.task_labels')).toBeGreaterThan(0)
  })

  test.each([
    [['--data-only'], 'SELECTION_INVALID'],
    [['--table', 'comments'], 'SELECTION_INVALID'],
    [['--schema', 'public', '--data-only', '--schema-only'], 'SELECTION_INVALID'],
    [['--schema', 'auth'], 'SELECTION_MANAGED'],
    [['--schema', 'publik'], 'SELECTION_EMPTY'],
  ])('refuses %j and says why', async (flags, code) => {
    const refused = await restore(...flags)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(code)
  })
})
