import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog as log } from '../../../src/common/log.ts'
import { type DumpOptions, dumpDatabase, writeSchema } from '../../../src/database/capture/dump.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot, type Snapshot } from '../../../src/database/connect/snapshot.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const phase = 'test'
let platform: TestPlatform
let clients: PostgresClients
let snapshot: Snapshot
let folder: string
let dumps = 0

beforeAll(async () => {
  platform = await startTestPlatform()
  clients = await findClients({ environment: process.env, serverMajor: 15, log, phase })
  snapshot = await openSnapshot(parseConnection({ url: platform.databaseUrl }, phase))
  folder = await mkdtemp(join(tmpdir(), 'supabase-backup-dump-'))
})

afterAll(async () => {
  await snapshot?.close()
  await platform?.stop()
  await rm(folder, { recursive: true, force: true })
})

async function dumpWith(options: Partial<DumpOptions>) {
  dumps += 1
  const directory = join(folder, String(dumps))
  await mkdir(directory)
  const done = dumpDatabase({
    connection: parseConnection({ url: platform.databaseUrl }, phase),
    clients,
    snapshotId: snapshot.id,
    directory,
    jobs: 2,
    exclude: [],
    largeObjects: true,
    ...options,
  })
  const left = () =>
    access(join(directory, 'dump')).then(
      () => true,
      () => false,
    )
  return { directory, done, left }
}

/** The machine's clients with a pg_dump of our own in front: a shell script, to which $REAL is the real one. */
async function withPgDump(name: string, script: string): Promise<PostgresClients> {
  const real = clients.command('pg_dump', [], {}).program
  const bin = join(folder, name)
  await mkdir(bin)
  for (const program of ['pg_restore', 'psql'])
    await symlink(join(dirname(real), program), join(bin, program))
  await writeFile(
    join(bin, 'pg_dump'),
    `#!/bin/sh\nREAL='${real}'\n[ "$1" = --version ] && exec "$REAL" --version\n${script}\n`,
  )
  await chmod(join(bin, 'pg_dump'), 0o755)
  return findClients({ environment: process.env, serverMajor: 15, pgBinDir: bin, log, phase })
}

test('a pg_dump that dies after it has written everything fails the dump and leaves nothing', async () => {
  const dying = await withPgDump('dying', '"$REAL" "$@"; echo "pg_dump: error: out of memory" >&2; exit 1')
  const { done, left } = await dumpWith({ clients: dying })
  await expect(done).rejects.toMatchObject({
    code: 'PROGRAM_FAILED',
    detail: expect.stringContaining('out of memory'),
  })
  expect(await left()).toBe(false)
})

test('a pg_dump that is killed fails the dump and leaves nothing', async () => {
  const killed = await withPgDump('killed', '"$REAL" "$@"; kill -KILL $$')
  const { done, left } = await dumpWith({ clients: killed })
  await expect(done).rejects.toMatchObject({ message: expect.stringContaining('SIGKILL') })
  expect(await left()).toBe(false)
})

test('a data file that is missing although pg_dump reported success fails the dump', async () => {
  const losing = await withPgDump('losing', `"$REAL" "$@" && find '${folder}' -name '[0-9]*.dat' -delete`)
  const { done, left } = await dumpWith({ clients: losing })
  await expect(done).rejects.toMatchObject({ code: 'DUMP_INCOMPLETE' })
  expect(await left()).toBe(false)
})

test('a snapshot that is gone is said to be lost', async () => {
  const { done, left } = await dumpWith({ snapshotId: '00000003-00000001-1' })
  await expect(done).rejects.toMatchObject({ code: 'DB_SNAPSHOT_LOST' })
  expect(await left()).toBe(false)
})

test('an interrupted dump ends its database sessions and leaves nothing', async () => {
  const [locker, watcher] = [new pg.Client(platform.superuserUrl), new pg.Client(platform.superuserUrl)]
  await Promise.all([locker.connect(), watcher.connect()])
  await locker.query('begin; lock table auth.users in access exclusive mode')
  const waiting = async () => {
    const { rows } = await watcher.query(
      `select from pg_stat_activity where application_name = 'supabase-backup' and wait_event_type = 'Lock'`,
    )
    return rows.length > 0
  }
  const abort = new AbortController()
  const { done, left } = await dumpWith({ signal: abort.signal })
  while (!(await waiting())) await sleep(20)
  abort.abort()
  await expect(done).rejects.toMatchObject({ code: 'PROGRAM_FAILED' })
  expect(await left()).toBe(false)
  while (await waiting()) await sleep(20)
  await locker.query('rollback')
  await Promise.all([locker.end(), watcher.end()])
})

test('a dump over two connections ends where somebody waits to change a table: they do then, and its snapshot may see that empty', async () => {
  const refused = `echo 'pg_dump: error: could not obtain lock on relation "public.t"' >&2; exit 1`
  const wanted = await withPgDump(
    'wanted',
    `case " $* " in *' --jobs=2 '*) ${refused} ;; esac; exec "$REAL" "$@"`,
  )
  const { done, left } = await dumpWith({ clients: wanted })
  await expect(done).rejects.toMatchObject({ code: 'DB_LOCK_WANTED' })
  expect(await left()).toBe(false)
})

test('schema.sql is the same for the same schema, made without the server', async () => {
  const first = await dumpWith({})
  const second = await dumpWith({})
  const files: string[] = []
  for (const { directory, done } of [first, second]) {
    await done
    await writeSchema({ clients, directory })
    files.push(await readFile(join(directory, 'schema.sql'), 'utf8'))
  }
  expect(files[0]).toContain('CREATE SCHEMA "auth"')
  expect(files[0]).toBe(files[1])
})
