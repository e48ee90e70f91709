import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
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

  it('of an archive that is not there says so', async () => {
    const { code, stderr } = await script('restore.sh', '--diff', 'nothing')
    expect(code).toBe(1)
    expect(stderr).toContain('There is no archive nothing')
  })
})
