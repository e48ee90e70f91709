import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changeApplication } from '../../src/sandbox/application.ts'
import { openWorkspace, type Workspace } from '../../src/sandbox/workspace.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'

let folder: string
let workspace: Workspace
let archives: string[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-diff-'))
  // PostgreSQL runs as a user of its own when the tests run as root.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'home'))
  workspace = await openWorkspace(folder, { application: 'small' })
  const url = workspace.sandbox.environment()['SUPABASE_DB_URL'] ?? ''
  await query(
    url,
    `CREATE TABLE public.going (id int); CREATE TABLE public.same_number (id int); INSERT INTO public.same_number VALUES (1);
     CREATE FUNCTION public.told() RETURNS text LANGUAGE sql AS $$ SELECT 'before' $$;
     CREATE ROLE reader PASSWORD 'first-password-of-reader';`,
  )
  await script('backup.sh')
  await changeApplication({ ...workspace.sandbox, size: 'small' })
  await query(
    url,
    `DROP TABLE public.going; CREATE TABLE public."new
line" (id int); UPDATE public.same_number SET id = 2;
     CREATE OR REPLACE FUNCTION public.told() RETURNS text LANGUAGE sql AS $$ SELECT 'after' $$;
     ALTER ROLE reader PASSWORD 'second-password-of-reader'; ALTER ROLE reader SET work_mem = '8MB';`,
  )
  await script('backup.sh')
  const { stdout } = await script('restore.sh', '--list', '--json')
  archives = JSON.parse(stdout)
    .filter(({ kind }: { kind: string }) => kind === 'archive')
    .map(({ name }: { name: string }) => name)
})
afterAll(async () => {
  await workspace.sandbox.stop()
  await rm(folder, { recursive: true, force: true })
})

async function script(name: string, ...args: string[]) {
  const env = { PATH: process.env['PATH'], HOME: join(folder, 'home'), ...workspace.places }
  return runCommand(join(checkout, name), ['--env-file', workspace.envFile, ...args], { env })
}

describe('--diff', () => {
  it('tells what changed since an older archive, and no secret', async () => {
    const { code, stdout, stderr } = await script('restore.sh', '--diff', archives[1] ?? '', '--json')
    expect(code, stderr).toBe(0)
    expect(stdout).not.toMatch(/password-of-reader|SCRAM/)
    const { equal, from, to, database, storage } = JSON.parse(stdout)
    expect({ equal, from: from.source, to: to.source }).toEqual({
      equal: false,
      from: archives[1],
      to: archives[0],
    })
    expect(database.definitions).toEqual(
      expect.arrayContaining([
        { change: 'removed', kind: 'TABLE', name: 'public.going' },
        { change: 'added', kind: 'TABLE', name: 'public.new\nline' },
        expect.objectContaining({ change: 'changed', kind: 'FUNCTION', name: 'public.told()' }),
      ]),
    )
    const told = database.definitions.find(({ name }: { name: string }) => name === 'public.told()')
    expect(told.diff).toMatch(/^-.*'before'.*\n\+.*'after'/m)
    expect(database.catalog).toEqual(
      expect.arrayContaining([
        { change: 'changed', kind: 'role', name: 'reader', diff: 'its secret is another one' },
        { change: 'added', kind: 'setting of a role', name: 'reader work_mem' },
      ]),
    )
    expect(database.tables).toContainEqual({
      ...{ change: 'changed', schema: 'public', name: 'same_number', rowsBefore: 1, rowsAfter: 1 },
    })
    expect(database.users).toMatchObject({ changed: true })
    const counts = storage.objects.map(({ added, removed, changed }: Record<string, number>) => [
      added,
      removed,
      changed,
    ])
    expect(counts.flat().reduce((sum: number, count: number) => sum + count, 0)).toBeGreaterThan(2)
  })

  it('finds a backup equal to itself, on this machine and in the repository', async () => {
    const { code, stdout, stderr } = await script('restore.sh', '--diff', 'Local', 'latest')
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('Nothing changed.')
  })

  it('is for people without --json', async () => {
    const { stdout } = await script('restore.sh', '--diff', archives[1] ?? '')
    expect(stdout).toMatch(/^ {2}- TABLE public\.going$/m)
    expect(stdout).toMatch(/^ {2}\+ TABLE "public\.new\\nline"$/m)
    expect(stdout).toMatch(/^ {2}~ public\.same_number +1 rows, not the same$/m)
    expect(stdout).toMatch(/objects? added/)
    if (process.env['SHOW']) console.log(stdout)
  })

  it('tells of rows and definitions alone where the backups hold different components', async () => {
    const storage = await script('backup.sh', '--only', 'storage')
    expect(storage.code, storage.stderr).toBe(0)
    const { stdout } = await script('restore.sh', '--diff', archives[0] ?? '', 'Local', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ equal: true, database: { tables: [] }, unknown: [] })
  })

  it('of an archive that is not there says so', async () => {
    const { code, stderr } = await script('restore.sh', '--diff', 'nothing')
    expect(code).toBe(1)
    expect(stderr).toContain('There is no archive nothing')
  })
})

describe('--left-out', () => {
  const inAuth = { name: 'TABLE auth users', rule: 'managed-objects' }

  it('names each entry that a restore leaves out with the reason, as the backup and its report do', async () => {
    const { code, stdout, stderr } = await script('restore.sh', '--left-out', '--archive', 'latest', '--json')
    expect(code, stderr).toBe(0)
    const { leftOut } = JSON.parse(stdout)
    expect(leftOut.database).toContainEqual(expect.objectContaining(inAuth))
    expect(leftOut.database.every(({ reason }: { reason: string }) => reason !== '')).toBe(true)
    expect(leftOut.database.map(({ name }: { name: string }) => name).join()).not.toContain('same_number')
    const local = workspace.sandbox.environment()['LOCAL_BACKUP_DIR'] ?? ''
    const { components } = JSON.parse(await readFile(join(local, 'manifest.json'), 'utf8'))
    const [{ counts, lists }] = components
    expect({ lists, leftOut: counts.leftOut }).toEqual({
      lists: { leftOut: 'database/left-out.jsonl' },
      leftOut: leftOut.database.length,
    })
    const recorded = (await readFile(join(local, lists.leftOut), 'utf8')).trim().split('\n')
    expect(recorded.map((line) => JSON.parse(line))).toEqual(leftOut.database)
  })

  it('tells it of a backup made before it was recorded, by the rules of today', async () => {
    const local = workspace.sandbox.environment()['LOCAL_BACKUP_DIR'] ?? ''
    const file = join(local, 'database/left-out.jsonl')
    const recorded = await readFile(file, 'utf8')
    await rm(file)
    const { stdout } = await script('restore.sh', '--left-out', '--archive', 'Local', '--json')
    await writeFile(file, recorded)
    expect(JSON.parse(stdout).leftOut.database).toEqual(
      recorded
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    )
  })

  it('is for people without --json: names below each reason', async () => {
    const { stdout } = await script('restore.sh', '--left-out', '--archive', 'Local')
    expect(stdout).toMatch(/^database, \d+: .*create and upgrade it themselves\. \(managed-objects\)$/m)
    expect(stdout).toMatch(/^ {2}TABLE auth users$/m)
  })
})

describe('--contents', () => {
  const show = async (...args: string[]) => {
    const { code, stdout, stderr } = await script('restore.sh', '--contents', ...args, '--json')
    return { code, stderr, found: JSON.parse(stdout) }
  }

  it('tells of an archive what it holds, without extracting rows or objects', async () => {
    const { found, stderr } = await show('--archive', `${archives[1]}`)
    expect(stderr).not.toContain('Extracting')
    expect(found).toMatchObject({ source: archives[1], status: 'complete', functions: null, settings: null })
    const tables: { schema: string; name: string; rows: number }[] = found.database.tables
    expect(tables).toContainEqual(expect.objectContaining({ schema: 'public', name: 'same_number', rows: 1 }))
    expect(tables.some(({ name }) => name === 'going')).toBe(true)
    const [bucket] = found.storage.buckets
    expect(bucket.objects).toBeGreaterThan(0)
    // What it tells is what there is, not what there is now.
    expect(JSON.stringify((await show('--archive', 'latest')).found)).not.toContain('"going"')
  })

  it('lists a folder of a bucket: the folders add up to what is below them', async () => {
    const { found } = await show()
    const { id, objects } = found.storage.buckets.find((one: { objects: number }) => one.objects > 0)
    const { found: top } = await show('--bucket', id)
    const below: { name: string; objects: number }[] = top.folders
    expect(below.reduce((sum, one) => sum + one.objects, top.objects.length)).toBe(objects)
    expect(top.more).toBe(0)
    const [folder] = below
    if (folder !== undefined) {
      const { found: deeper } = await show('--bucket', id, '--prefix', `${folder.name}/`)
      for (const { name } of deeper.objects) expect(name.startsWith(`${folder.name}/`)).toBe(true)
    }
    expect(await show('--bucket', 'no-such-bucket')).toMatchObject({
      code: 2,
      found: { error: { code: 'NOTHING_SELECTED' } },
    })
  })

  it('shows the first rows of a table, of an archive and of Local', async () => {
    const { found } = await show('--archive', `${archives[1]}`, '--table', 'public.same_number')
    expect(found).toMatchObject({ columns: [{ name: 'id', type: 'int4' }], rows: [['1']], isCut: false })
    expect((await show('--archive', 'Local', '--table', 'public.same_number')).found.rows).toEqual([['2']])
    expect(await show('--table', 'public.nothing')).toMatchObject({
      code: 2,
      found: { error: { code: 'NOTHING_SELECTED' } },
    })
  })

  it('is for people without --json', async () => {
    const { stdout } = await script('restore.sh', '--contents', '--archive', 'Local')
    expect(stdout).toMatch(/^ {2}public\.same_number: 1 row, /m)
    expect(stdout).toContain('public.new\\nline')
  })
})
