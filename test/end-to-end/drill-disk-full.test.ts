import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { checkout } from '../helpers/checkout.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'

/** Of the rows, about 40 MB that hardly compress. */
const rows = `CREATE TABLE public.big (id int PRIMARY KEY, t text);
INSERT INTO public.big SELECT n, (SELECT string_agg(md5(n::text || m), '') FROM generate_series(1, 40) m) FROM generate_series(1, 30000) n`

let folder: string
let sandbox: Sandbox
const envFile = () => join(folder, 'shop.env')
const environment = (TMPDIR?: string) => ({
  ...{ PATH: process.env['PATH'], HOME: join(folder, 'home'), XDG_RUNTIME_DIR: join(folder, 'home/runtime') },
  TMPDIR,
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-drill-disk-'))
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'home/runtime'), { recursive: true })
  await mkdir(join(folder, 'disk'))
  sandbox = await startSandbox({ directory: join(folder, 'sandbox') })
  await query(sandbox.environment()['SUPABASE_DB_URL'] ?? '', rows)
  const settings = { ...sandbox.environment(), LOCAL_BACKUP_DIR: join(folder, 'disk/data/current') }
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`)
  await writeFile(envFile(), lines.join(''), { mode: 0o600 })
  const made = await runCommand(
    join(checkout, 'backup.sh'),
    ['--env-file', envFile(), '--only', 'database'],
    {
      env: environment(),
    },
  )
  expect(made.code, made.stderr).toBe(0)
  await cp(join(folder, 'disk/data'), join(folder, 'data'), { recursive: true })
})
afterAll(async () => {
  await sandbox?.stop()
  await rm(folder, { recursive: true, force: true })
})

const disk = () => join(folder, 'disk')

async function drillOn(size: string) {
  const script = `chmod 0711 .; mkdir -m 0711 tmp data; cp -a ${folder}/data/. data; export TMPDIR=$PWD/tmp
    "${checkout}/restore.sh" --env-file "${envFile()}" --test --archive Local --only database --yes`
  return runCommand(
    join(checkout, 'test/helpers/programs/with-disk.sh'),
    [disk(), size, 'bash', '-c', `cd "${disk()}"; ${script}`],
    { env: environment() },
  )
}

test.each([
  ['initdb does not fit', '60m'],
  ['the platform does not fit', '85m'],
  ['its rows do not fit', '110m'],
  ['its indexes and smaller tables do not fit', '160m'],
])('A drill on a disk where %s names the disk, and not the backup', async (_, size) => {
  const { code, stderr } = await drillOn(size)
  expect(code).toBe(1)
  const [error, ...more] = stderr.match(/^\S+ ERROR .*(?:\n +.*)*/gm) ?? []
  expect(more).toEqual([])
  expect(error).toMatch(/The disk of the drill’s own PostgreSQL, in .*\/disk\/tmp, is full/)
  expect(error).toMatch(/backup is not to blame: .*df -h '.*\/disk\/tmp'.*\[DISK_FULL in sandbox\/drill\]/)
})

test('A drill on a disk where everything fits is as on any other', async () => {
  expect((await drillOn('400m')).code).toBe(0)
})
