import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { silentLog } from '../../../src/common/log.ts'
import { backupDatabase } from '../../../src/database/capture/backup.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openSnapshot } from '../../../src/database/connect/snapshot.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { type CuttableNetwork, startCuttableNetwork } from '../../helpers/cuttable-network.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let network: CuttableNetwork
let clients: PostgresClients
let generation: string

const connection = () => parseConnection({ url: network.url }, 'test')
const options = () => ({ generation, target: connection(), clients, log: silentLog })

/** Ends every session there is once the text is on its way to the server. */
function terminateAt(text: string): { struck: boolean } {
  const fault = { struck: false }
  network.actAt(text, async () => {
    fault.struck = true
    await query(
      platform.superuserUrl,
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'postgres'`,
    )
  })
  return fault
}

const lost =
  /^(DB_CONNECTION_LOST|DB_SNAPSHOT_LOST|DB_SESSION_LOST|DB_STATEMENT_FAILED|PROGRAM_FAILED|DUMP_FAILED)$/

async function expectLost(work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof BackupError)) throw new Error(`expected a BackupError, got ${error}`)
  expect(error.code, error.message).toMatch(lost)
}

beforeAll(async () => {
  ;[platform, clients] = await Promise.all([startTestPlatform(), testClients()])
  network = await startCuttableNetwork(platform.databaseUrl)
  await query(platform.databaseUrl, smallApplication)
  generation = await backupInto(platform.databaseUrl, clients)
})
afterEach(() => network.mend())
afterAll(async () => {
  await network?.stop()
  await platform?.stop()
  await rm(generation, { recursive: true, force: true })
})

describe('sessions that the server ends make an error of', () => {
  test.each([
    'pg_export_snapshot',
    'set transaction snapshot',
    'SET TRANSACTION SNAPSHOT',
    'pg_available_extensions',
    'hashtextextended',
    'lo_get',
    'close fact',
  ])('a verification at %j', async (text) => {
    const fault = terminateAt(text)
    await expectLost(verifyDatabase(options()))
    expect(fault.struck).toBe(true)
  })

  test.each(['begin isolation', 'pg_current_xact_id', 'TRUNCATE', 'FROM STDIN', 'CREATE POLICY', 'count(*)'])(
    'a restore at %j',
    async (text) => {
      const fault = terminateAt(text)
      await expectLost(restoreDatabase(options()))
      expect(fault.struck).toBe(true)
    },
  )

  test.each(['pg_export_snapshot', 'COPY ', 'hashtextextended', 'lo_get', 'close fact'])(
    'a backup at %j',
    async (text) => {
      const folder = await mkdtemp(join(tmpdir(), 'generation-'))
      const fault = terminateAt(text)
      const backup = async () => {
        const snapshot = await openSnapshot(connection())
        try {
          const about = { snapshot, connection: connection(), clients, generation: folder }
          await backupDatabase({ ...about, jobs: 2, log: silentLog })
        } finally {
          await snapshot.close()
        }
      }
      await expectLost(backup())
      expect(fault.struck).toBe(true)
      await rm(folder, { recursive: true })
    },
  )
})

test('nothing of that is left behind: the target verifies as equal', async () => {
  expect((await verifyDatabase({ ...options(), disarmed: true })).differences).toEqual([])
})

test('a verification does not wait for a lock for ever', async () => {
  const seen: string[][] = []
  const command: PostgresClients['command'] = (program, args, env, folders) => {
    seen.push([program, ...args])
    return clients.command(program, args, env, folders)
  }
  await verifyDatabase({ ...options(), clients: { ...clients, command } })
  expect(seen).toEqual([expect.arrayContaining(['pg_dump', '--lock-wait-timeout=300s'])])
})
