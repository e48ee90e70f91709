import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contentsSchema } from '../../src/library/answers.ts'
import { runReportSchema } from '../../src/report/schema.ts'
import { query } from '../helpers/database.ts'
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

const restore = (type: string, ...flags: string[]) =>
  projects.restore('--archive', `${made[type]}`, '--no-safety-backup', ...flags)

const reportOf = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  runReportSchema.parse(JSON.parse(stdout || `"${stderr}"`))

const target = (sql: string) => query(projects.target.databaseUrl, sql)

const rows = async (table: string) => (await target(`select from ${table}`)).length

const status = async () => JSON.parse(await readFile(join(projects.state, 'status.json'), 'utf8'))

const names = async () => {
  const listed = await projects.run('restore.sh', '--list', '--json')
  return JSON.parse(listed.stdout) as { kind: string; name: string; partial: { type: string } | null }[]
}

describe('backup.sh of a part of the database', () => {
  test('archives each type beside the full backup, which stays the newest, the last good one and Local', async () => {
    const before = await status()
    for (const type of ['schema', 'data', 'roles']) {
      const { archive, report } = await backup('--type', type)
      expect(archive).toMatch(new RegExp(`-${type}$`))
      expect(report).toMatchObject({ kind: 'partial', outcome: 'success', partial: { type, schemas: [] } })
      const held = report.components.filter(({ status: state }) => state === 'complete')
      expect(held.map(({ component }) => component)).toEqual(['database'])
      made[type] = archive
    }
    const part = await backup('--schema', 'accounting', '--exclude-table', 'accounting.cust*')
    expect(part.archive).toMatch(/-part-[0-9a-f]{8}$/)
    expect(part.report.partial?.excludedTables).toContainEqual({ schema: 'accounting', name: 'customers' })
    made['part'] = part.archive
    const after = await status()
    for (const known of ['lastRun', 'lastSuccess', 'sizes', 'baseline', 'archives', 'inTrouble'])
      expect(after[known]).toEqual(before[known])
    expect(after.lastPartial).toMatchObject({ archive: made['part'] })
    const local = dirname(`${before.lastSuccess.backup && (await localDirectory())}`)
    expect(await readdir(local)).not.toContain('current.partial-backup')
  })

  test('lists each as what it is, and takes none for the latest', async () => {
    const listed = await names()
    const partial = listed.filter(({ kind }) => kind === 'partial')
    expect(partial.map(({ partial: part }) => part?.type).sort()).toEqual(['data', 'full', 'roles', 'schema'])
    const newest = await projects.run('restore.sh', '--archive', 'latest', '--verify', '--json')
    expect(JSON.parse(newest.stdout)).toMatchObject({ partial: null })
  })

  test('shows of each what it holds, and no row of what has none', async () => {
    const contents = async (type: string) => {
      const shown = await projects.run('restore.sh', '--archive', `${made[type]}`, '--contents', '--json')
      return contentsSchema.parse(JSON.parse(shown.stdout))
    }
    const defined = await contents('schema')
    expect(defined).toMatchObject({ partial: { type: 'schema' }, storage: null })
    expect(defined.database?.tables).toContainEqual(
      expect.objectContaining({ schema: 'public', name: 'comments', rows: null }),
    )
    const part = (await contents('part')).database?.tables ?? []
    expect(part.every(({ schema, rows: held }) => schema === 'accounting' && held !== null)).toBe(true)
    expect(part.map(({ name }) => name)).not.toContain('customers')
    const roles = (await contents('roles')).database
    expect([roles?.tables, roles?.roles.includes('app_reports')]).toEqual([[], true])
  })

  test.each([
    [['--type', 'roles', '--schema', 'public'], 2, '--type does not go with --schema'],
    [['--type', 'everything'], 2, '--type is full, schema, data or roles'],
    [['--type', 'schema', '--only', 'storage'], 2, 'USAGE'],
    [['--type', 'data', '--bucket', 'avatars'], 2, 'partial backup'],
    [['--schema', 'publik'], 2, 'SCHEMA_UNKNOWN'],
    [['--schema', 'auth'], 2, 'SELECTION_MANAGED'],
    [['--exclude-table', 'public.nothing_*'], 2, 'PATTERN_UNMATCHED'],
  ])('refuses %j and says why', async (flags, code, said) => {
    const refused = await projects.run('backup.sh', ...flags)
    expect(refused.code).toBe(code)
    expect(refused.stderr).toContain(said)
    // A message that begins with a flag is handed on as a message.
    expect(refused.stderr).not.toContain('could not be written')
  })
})

async function localDirectory(): Promise<string> {
  const shown = await projects.run('backup.sh', '--config', '--json')
  const found = /"LOCAL_BACKUP_DIR"[^}]*?"value":"([^"]+)"/.exec(shown.stdout)
  return found?.[1] ?? ''
}

describe('restore.sh of a partial backup', () => {
  test('brings rows into the tables that are there, and refuses tables that do not fit before it writes', async () => {
    const before = await rows('public.comments')
    await target('delete from public.comments')
    const shown = await projects.run(
      'restore.sh',
      ...['--archive', `${made['data']}`, '--target', 'test', '--preview'],
    )
    expect(shown.stdout).toContain('a PARTIAL backup: rows without definitions')
    const restored = await restore('data')
    expect(restored.code, restored.stderr).toBe(0)
    expect(reportOf(restored)).toMatchObject({ kind: 'restore', partial: { type: 'data' } })
    expect(await rows('public.comments')).toBe(before)

    expect(await restore('data', '--schema-only')).toMatchObject({ code: 2 })
    await target('alter table public.task_labels rename column label_id to label')
    const refused = await restore('data')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('TARGET_TABLES_DIFFER')
    await target('alter table public.task_labels rename column label to label_id')
  })

  test('makes roles, memberships and settings as they were, and leaves the rest alone', async () => {
    await target('alter role app_reports connection limit 9; create role somebody_else')
    const restored = await restore('roles')
    expect(restored.code, restored.stderr).toBe(0)
    const report = reportOf(restored)
    expect(report).toMatchObject({ partial: { type: 'roles' }, verification: { ok: true } })
    const limits = await target(
      "select rolname, rolconnlimit from pg_roles where rolname in ('app_reports', 'somebody_else') order by 1",
    )
    expect(limits).toEqual([
      { rolname: 'app_reports', rolconnlimit: 5 },
      { rolname: 'somebody_else', rolconnlimit: -1 },
    ])
  })

  test('brings a schema without the tables that were left out, and names what pointed at them', async () => {
    const restored = await restore('part')
    expect(restored.code, restored.stderr).toBe(3)
    const report = reportOf(restored)
    expect(report.verification).toMatchObject({ ok: true })
    const findings = report.components.flatMap((component) => component.findings)
    const lost = findings.find(({ kind }) => kind === 'entry-left-out')?.names ?? []
    expect(lost.join('\n')).toContain('FK CONSTRAINT accounting invoices')
    expect(findings.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['not-backed-up', 'partial-backup']),
    )
    expect(await target("select to_regclass('accounting.customers') as there")).toEqual([{ there: null }])
    expect(await rows('accounting.invoices')).toBeGreaterThan(0)
  })

  test('brings definitions without rows, compares these, and finds what is not as they were', async () => {
    const restored = await restore('schema')
    expect(restored.code, restored.stderr).toBe(0)
    const report = reportOf(restored)
    expect(report.verification).toMatchObject({ ok: true, counts: { differences: 0 } })
    expect(report.verification?.counts['definitions']).toBeGreaterThan(100)
    expect([await rows('public.comments'), await rows('auth.users')]).toEqual([0, 0])
    expect(await restore('schema', '--schema', 'public', '--data-only')).toMatchObject({ code: 2 })
  })

  test.each(['data', 'roles', 'schema'])(
    'drills a backup of %s, and proves no full one by it',
    async (type) => {
      const drilled = await projects.run(
        'restore.sh',
        ...['--archive', `${made[type]}`, '--test', '--yes', '--json'],
      )
      expect([0, 3], drilled.stderr).toContain(drilled.code)
      expect(reportOf(drilled)).toMatchObject({ kind: 'drill', partial: { type } })
      expect((await status()).lastSuccess.drill).toBeUndefined()
    },
  )
})
