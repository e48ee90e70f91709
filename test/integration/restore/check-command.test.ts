import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { runCheckCommand } from '../../../src/restore/check-command.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let folder: string

beforeAll(async () => {
  platform = await startTestPlatform()
  folder = await mkdtemp(join(tmpdir(), 'check-command-'))
})
afterAll(async () => {
  await platform.stop()
  await rm(folder, { recursive: true })
})

const check = (command: string, timeoutMs = 30_000) =>
  runCheckCommand({
    command,
    target: {
      role: 'target',
      reference: 'target',
      database: parseConnection({ url: platform.databaseUrl }, 'test'),
      storage: { url: 'http://127.0.0.1:1/storage/v1', serviceRoleKey: 'the-key-of-the-target' },
    },
    environment: process.env,
    timeoutMs,
    signal: new AbortController().signal,
  })

test('a check that exits with 0 finds nothing wrong, and reaches the target by either way', async () => {
  const query = 'select count(*) from auth.users'
  const command = `[ "$(psql "$DATABASE_URL" -XAtc '${query}')" = 0 ] && [ "$(psql -XAtc '${query}')" = 0 ] && [ -n "$SERVICE_ROLE_KEY" ]`
  expect(await check(command)).toBeUndefined()
})

test('a check that fails is a difference that tells what it said, secrets masked', async () => {
  const found = await check('echo "no users"; cat "$PGPASSFILE" >&2; exit 3')
  expect(found).toMatchObject({ kind: 'check-command', expected: 'exit code 0' })
  expect(found?.actual).toContain('exited with 3')
  expect(found?.actual).toContain('no users')
  expect(found?.actual).toContain('*****')
})

test('a check that never ends is killed with everything it started', async () => {
  const pidFile = join(folder, 'pid')
  const found = await check(`sleep 600 & echo $! > '${pidFile}'; wait`, 2_000)
  expect(found?.actual).toContain('did not finish in time')
  const pid = (await readFile(pidFile, 'utf8')).trim()
  await expect
    .poll(async () => {
      await sleep(50)
      return readFile(`/proc/${pid}/stat`, 'utf8').then(
        (stat) => stat.includes(') Z '),
        () => true,
      )
    })
    .toBe(true)
})
