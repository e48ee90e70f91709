import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runReportSchema } from '../../src/report/schema.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { checkout } from '../helpers/checkout.ts'
import { type CommandResult, runCommand } from '../helpers/command.ts'

let folder: string
let source: Workspace
let target: Sandbox
let reference: string

const run = (script: string, ...args: string[]): Promise<CommandResult> =>
  runCommand(join(checkout, script), ['--env-file', source.envFile, ...args], {
    env: { PATH: `${process.env['PATH']}`, HOME: folder, ...source.places },
  })

const restore = (...args: string[]) =>
  run('restore.sh', '--target', 'test', '--confirm', reference, '--yes', '--json', ...args)

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function tableExists(name: string): Promise<boolean> {
  return (await query(target.databaseUrl, `select 1 from pg_tables where tablename = '${name}'`)).length === 1
}

const tasks = 'select count(*)::int as tasks, sum(id)::int as ids from public.tasks'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-over-target-'))
  await chmod(folder, 0o711)
  source = await openWorkspace(folder, { application: 'small' })
  await mkdir(join(folder, 'target'))
  target = await startSandbox({ directory: join(folder, 'target'), application: 'small' })
  const there = target.environment()
  reference = `${new URL(`${there['SUPABASE_DB_URL']}`).host}/postgres`
  const settings = ['URL', 'STORAGE_URL', 'DB_URL', 'SERVICE_ROLE_KEY'].map(
    (name) => `TEST_SUPABASE_${name}='${there[`SUPABASE_${name}`]}'\n`,
  )
  await appendFile(source.envFile, settings.join(''))
  const backup = await run('backup.sh', '--quiet')
  expect(backup.code, backup.stderr).toBe(0)
})
afterAll(async () => {
  await target.stop()
  await source.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('restore.sh over a target', () => {
  test('restores database and objects, proves them equal, and can be rolled back', async () => {
    const before = await query(target.databaseUrl, tasks)
    await query(source.sandbox.databaseUrl, "update public.tasks set title = title || '!' where id % 2 = 0")
    await query(target.databaseUrl, 'delete from public.task_labels; delete from public.comments')

    const restored = await restore('--archive', 'latest', '--only', 'database,storage')
    expect(restored.code, restored.stderr).toBe(0)
    const report = runReportSchema.parse(JSON.parse(restored.stdout))
    expect(report.verification).toMatchObject({ ok: true, differences: [] })
    expect(report.target).toBe(reference)
    expect(await query(target.databaseUrl, tasks)).toEqual(before)
    expect(await query(target.databaseUrl, 'select 1 from public.comments limit 1')).toHaveLength(1)

    const back = await restore('--rollback', '--only', 'database,storage')
    expect(back.code, back.stderr).toBe(0)
    expect(await query(target.databaseUrl, 'select 1 from public.comments limit 1')).toEqual([])
  })

  test('changes nothing when the reference is another one, and says which it has to be', async () => {
    await query(target.databaseUrl, 'create table public.not_in_the_backup ()')
    const refused = await restore('--archive', 'latest', '--only', 'database', '--confirm', 'production')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`--confirm ${reference}`)
    expect(await tableExists('not_in_the_backup')).toBe(true)
  })

  test('refuses the source as a target', async () => {
    const text = await readFile(source.envFile, 'utf8')
    const own = text
      .replaceAll(/^TEST_.*\n/gm, '')
      .replace(/^SUPABASE_(DB_URL|URL|SERVICE_ROLE_KEY)=(.*)$/gm, '$&\nTEST_SUPABASE_$1=$2')
    await writeFile(source.envFile, own)
    try {
      const refused = await restore('--archive', 'latest', '--only', 'database')
      expect(refused.code).not.toBe(0)
      const drill = await run('restore.sh', '--test', '--yes')
      expect(drill.code).toBe(78)
      expect(drill.stderr).toContain('TARGET_IS_SOURCE')
    } finally {
      await writeFile(source.envFile, text)
    }
  })

  test('leaves the target as it was when the backup is damaged', async () => {
    const dumped = join(folder, 'local/database/roles.sql')
    const sound = await readFile(dumped)
    await writeFile(dumped, `${sound}\n-- altered\n`)
    try {
      const refused = await restore('--archive', 'Local', '--only', 'database,storage', '--no-safety-backup')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('database/roles.sql: size differs')
      expect(await tableExists('not_in_the_backup')).toBe(true)
    } finally {
      await writeFile(dumped, sound)
    }
  })
})
