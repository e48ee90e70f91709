import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog } from '../../src/common/log.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let project: TwoProjects
/** A directory of PostgreSQL's clients, of which pg_dump does first what the file `migrate` beside it says. */
let clients: string

beforeAll(async () => {
  project = await openTwoProjects()
  const found = await findClients({
    environment: process.env,
    serverMajor: 15,
    log: silentLog,
    phase: 'test',
  })
  const real = dirname(found.command('pg_dump', [], {}).program)
  clients = join(project.folder, 'clients')
  await mkdir(clients)
  for (const name of await readdir(real))
    if (name !== 'pg_dump') await symlink(join(real, name), join(clients, name))
  const script = `#!/bin/bash
[[ $* == --version ]] || '${real}/psql' -qX '${project.source.sandbox.databaseUrl}' -f '${join(project.folder, 'migrate')}'
if [[ -e '${join(project.folder, 'wanted')}' && $* != *--version* && $* != *--jobs=1* ]]; then
  echo 'pg_dump: error: could not obtain lock on relation "public.t"' >&2
  exit 1
fi
exec '${real}/pg_dump' "$@"
`
  await writeFile(join(clients, 'pg_dump'), script)
  await chmod(join(clients, 'pg_dump'), 0o755)
})
afterAll(() => project?.stop())

async function backUp(migration: string) {
  await writeFile(join(project.folder, 'migrate'), migration)
  const { source, folder } = project
  const script = new URL('../../backup.sh', import.meta.url).pathname
  const env = { PATH: `${process.env['PATH']}`, HOME: folder, ...source.places, PG_BIN_DIR: clients }
  const { code, stdout, stderr } = await runCommand(script, ['--env-file', source.envFile, '--json'], { env })
  return { code, stderr, report: JSON.parse(stdout) }
}

it('A table that is dropped between snapshot and dump has the database read again, in a later snapshot than Storage, which is said', async () => {
  await query(project.source.sandbox.databaseUrl, 'create table public.passing (id int)')
  const { code, stderr, report } = await backUp('drop table if exists public.passing')
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/changed while it was read, so it is read again: .*passing/)
  const [database, storage] = report.components
  expect(database).toMatchObject({ component: 'database', status: 'complete' })
  expect(database.findings).toContainEqual(
    expect.objectContaining({ severity: 'note', kind: 'snapshot-later' }),
  )
  expect(storage).toMatchObject({ component: 'storage', status: 'complete' })
  expect(Date.parse(database.takenAt)).toBeGreaterThan(Date.parse(storage.takenAt))
  const drill = await project.run('restore.sh', '--archive', report.archive, '--test', '-y')
  expect(drill.code, drill.stderr).toBe(0)
})

it('A table that is rewritten between snapshot and dump is read again, with its rows', async () => {
  await query(
    project.source.sandbox.databaseUrl,
    'create table public.rewritten (id int); insert into public.rewritten select generate_series(1, 50)',
  )
  const { code, stderr, report } = await backUp('alter table public.rewritten alter id type bigint')
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/changed while it was read, so it is read again: public\.rewritten/)
  expect(report.components[0]).toMatchObject({ component: 'database', status: 'complete' })
  const drill = await project.run('restore.sh', '--archive', report.archive, '--test', '-y')
  expect(drill.code, drill.stderr).toBe(0)
})

it('Where somebody waits to change a table that is dumped, the database is read again as it is then, over one connection', async () => {
  const wanted = join(project.folder, 'wanted')
  await writeFile(wanted, '')
  await query(project.source.sandbox.databaseUrl, 'alter table public.rewritten alter id type int')
  const migration = 'alter table public.rewritten alter id type bigint'
  const { code, stderr, report } = await backUp(migration).finally(() => rm(wanted))
  expect(code, stderr).toBe(0)
  expect(stderr.match(/so it is read again: .*could not obtain lock/g)).toHaveLength(1)
  expect(report.components[0]).toMatchObject({ component: 'database', status: 'complete' })
})

it('Where the schema changes whenever it is read, the database fails as before, and everything else is backed up', async () => {
  // Another table each time: the one that the snapshot has is gone.
  const always = `do $$ declare old text; begin
    select relname into old from pg_class where relname like 'passing%';
    execute format('drop table if exists public.%I', old);
    execute format('create table public.%I ()', 'passing' || clock_timestamp());
  end $$`
  await query(project.source.sandbox.databaseUrl, `create table public."passing 0" (id int)`)
  const { code, stderr, report } = await backUp(always)
  expect(code, stderr).toBe(3)
  const [database, storage] = report.components
  expect(database).toMatchObject({ component: 'database', status: 'stale' })
  expect(database.findings[0].message).toContain('DB_SCHEMA_CHANGED')
  expect(storage).toMatchObject({ component: 'storage', status: 'complete' })
  expect(stderr.match(/so it is read again/g)).toHaveLength(2)
})
