import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { confine } from '../../../src/drill/confinement.ts'
import { type PostgresServer, startPostgres } from '../../../src/drill/postgres.ts'
import { query } from '../../helpers/database.ts'

let folder: string
let server: PostgresServer

const asSuperuser = (sql: string) => query(server.url(server.superuser.user, server.superuser.password), sql)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'confinement-'))
  await chmod(folder, 0o755)
  server = await startPostgres({ directory: join(folder, 'postgres'), major: 15, confined: true })
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('A confined server, even as superuser,', () => {
  test('executes no program', async () => {
    const marker = join(server.directory, 'data', 'marker')
    await expect(asSuperuser(`COPY (SELECT 1) TO PROGRAM 'touch ${marker}'`)).rejects.toThrow(
      /could not execute/,
    )
    await expect(stat(marker)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('writes nowhere but in its own folders', async () => {
    await expect(asSuperuser(`COPY (SELECT 1) TO '/usr/marker'`)).rejects.toThrow(/Read-only file system/)
    await expect(asSuperuser(`COPY (SELECT 1) TO '${folder}/marker'`)).rejects.toThrow(
      /Permission denied|Read-only/,
    )
    expect(await readdir(folder)).toEqual(['postgres'])
  })

  test('sees neither this machine’s files nor its processes', async () => {
    for (const path of [
      '/etc/passwd',
      '/proc/self/environ',
      join(import.meta.dirname, 'confinement.test.ts'),
    ])
      await expect(asSuperuser(`SELECT pg_read_file('${path}')`)).rejects.toThrow(/No such file/)
  })

  test('reaches no network, not even the loopback interface', async () => {
    await asSuperuser('CREATE EXTENSION IF NOT EXISTS dblink')
    await expect(
      asSuperuser(`SELECT dblink_connect('host=127.0.0.1 port=9 user=x connect_timeout=3')`),
    ).rejects.toMatchObject({ detail: expect.stringContaining('Network is unreachable') })
  })

  test('runs as an account that nobody else has, where we are root', async () => {
    const { uid } = await stat(`/proc/${server.pid}`)
    if (process.getuid?.() === 0) expect(uid).toBeGreaterThanOrEqual(61_184)
    else expect(uid).toBe(process.getuid?.())
  })

  test('is reached by a socket alone', () => {
    expect(server.confinement).toMatchObject({ level: 'namespaces' })
    expect(server.host).toMatch(/^\//)
  })
})

test('Where this machine permits no namespaces, the reason is kept and the account alone confines', async () => {
  const confinement = await confine({
    directory: join(folder, 'other'),
    writable: ['/nowhere'],
    readable: [],
    probe: { program: '/bin/true', args: [] },
  })
  expect(confinement).toMatchObject({ level: 'account', reason: expect.stringMatching(/nowhere/) })
  expect(confinement.wrap({ program: 'x', args: [] }).args).toContain('--no-new-privs')
})
