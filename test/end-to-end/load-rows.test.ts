import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../helpers/sandbox.ts'

let folder: string
let platform: TestPlatform
let reference: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-load-'))
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'home/runtime'), { recursive: true })
  platform = await startTestPlatform()
  const { host, pathname } = new URL(platform.databaseUrl)
  reference = `${host}${pathname}`
  await query(platform.databaseUrl, 'CREATE TABLE public.orders (id int PRIMARY KEY, note text)')
  await writeFile(
    join(folder, 'shop.env'),
    `PROJECT_NAME=shop\nSUPABASE_DB_URL=postgresql://postgres@127.0.0.1:1/postgres\nTEST_SUPABASE_DB_URL=${platform.databaseUrl}\nBORG_REPO=${folder}/borg\nBORG_ENCRYPTION=none\n`,
    { mode: 0o600 },
  )
  await writeFile(join(folder, 'orders.jsonl'), '{"id":1,"note":"one"}\n{"id":2,"note":null}\n')
})
afterAll(async () => {
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})

function restore(args: readonly string[]) {
  const env = {
    PATH: process.env['PATH'],
    HOME: join(folder, 'home'),
    XDG_RUNTIME_DIR: join(folder, 'home/runtime'),
  }
  return runCommand(join(checkout, 'restore.sh'), ['--env-file', join(folder, 'shop.env'), ...args], {
    env,
    cwd: folder,
  })
}

it('--from-json loads the rows of a file into a table of the target, without a backup', async () => {
  const args = [
    '--from-json',
    'orders.jsonl',
    '--table',
    'public.orders',
    '--target',
    'test',
    '--confirm',
    reference,
    '-y',
  ]
  const { code, stdout, stderr } = await restore(args)
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('loaded 2 rows into public.orders: 2 new, 0 replaced')
  expect(stdout).toMatch(/database +complete.*inserted 2/)
  expect(await query(platform.databaseUrl, 'SELECT * FROM public.orders ORDER BY id')).toEqual([
    { id: 1, note: 'one' },
    { id: 2, note: null },
  ])
})

it.each([
  [['--from-json', 'orders.jsonl', '--target', 'test'], 'USAGE', '--from-json needs --table'],
  [['--replace', '--list'], 'USAGE', '--replace goes with --from-json'],
  [
    [
      '--from-json',
      'orders.jsonl',
      '--table',
      'auth.users',
      '--target',
      'test',
      '--confirm',
      '(its reference)',
      '-y',
    ],
    'SELECTION_MANAGED',
    'auth',
  ],
  [
    [
      '--from-json',
      'orders.jsonl',
      '--table',
      'public.nothing',
      '--target',
      'test',
      '--confirm',
      '(its reference)',
      '-y',
    ],
    'LOAD_TABLE_MISSING',
    'public.nothing',
  ],
])('%j is refused', async (args, errorCode, text) => {
  const given = args.map((argument) => (argument === '(its reference)' ? reference : argument))
  const { code, stdout, stderr } = await restore([...given, '--json'])
  expect(code, stderr).toBe(2)
  const document = JSON.parse(stdout)
  expect(document.error.code).toBe(errorCode)
  expect(document.error.message).toContain(text)
})
