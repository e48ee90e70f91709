import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
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
