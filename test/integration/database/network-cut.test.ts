import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { connect, parseConnection } from '../../../src/database/connect/connection.ts'
import { transactionOutcome } from '../../../src/database/restore/commit.ts'
import { type DatabaseRestoreOptions, restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { clutter, smallApplication } from '../../helpers/application-sql.ts'
import { type CuttableNetwork, startCuttableNetwork } from '../../helpers/cuttable-network.ts'
import { backupInto, query, stateText, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let network: CuttableNetwork
let clients: PostgresClients
let generation: string
let untouched: string

/** As a hash: the whole text is nothing to print. */
async function fingerprint(): Promise<string> {
  return createHash('sha256')
    .update(await stateText(target.databaseUrl, clients))
    .digest('hex')
}

async function expectRestored(): Promise<void> {
  const connection = parseConnection({ url: target.databaseUrl }, 'test')
  const options = { generation, target: connection, clients, log: silentLog, disarmed: true }
  expect((await verifyDatabase(options)).differences).toEqual([])
}

const restore = (options: Partial<DatabaseRestoreOptions> = {}) =>
  restoreDatabase({
    ...{ generation, clients, log: silentLog, silenceMs: 1_500, settleMs: 10_000 },
    target: parseConnection({ url: network.url }, 'test'),
    ...options,
  })

/** Restores, and returns the error it ends with. */
async function failure(options: Partial<DatabaseRestoreOptions> = {}): Promise<BackupError> {
  const error = await restore(options).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof BackupError)) throw new Error(`expected a BackupError, got ${error}`)
  return error
}

/** The sessions of a restore that the server still holds a transaction for. */
const transactions = () =>
  query(
    target.superuserUrl,
    `SELECT pid FROM pg_stat_activity WHERE usename = 'postgres' AND xact_start IS NOT NULL`,
  )

async function untilQuiet(): Promise<void> {
  while ((await transactions()).length > 0) await sleep(50)
}

const atWipe = (act: () => void) => ({
  ...silentLog,
  info: (message: string) => message.startsWith('emptied') && act(),
})

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  network = await startCuttableNetwork(target.databaseUrl)
  await query(source.databaseUrl, smallApplication)
  generation = await backupInto(source.databaseUrl, clients)
  await query(target.databaseUrl, clutter)
  untouched = await fingerprint()
})

afterEach(async () => {
  network.mend()
  await untilQuiet()
})

afterAll(async () => {
  await network?.stop()
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a network that is cut before the COMMIT leaves the target as it was', () => {
  test('when connections break', async () => {
    const error = await failure({ log: atWipe(() => network.cut('reset', { all: true })) })
    expect(error.code).toBe('DB_SESSION_LOST')
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })

  test('when a connection goes silent, and the server lets go of its locks at once', async () => {
    const error = await failure({ log: atWipe(() => network.cut('silence')) })
    expect(error).toMatchObject({ code: 'DB_SESSION_LOST', message: expect.stringContaining('silent') })
    // Before the network is mended: it is the restore that ended what it had left there.
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })

  test('when everything goes silent, also to those who ask', async () => {
    const error = await failure({ log: atWipe(() => network.cut('silence', { all: true })) })
    expect(error).toMatchObject({ code: 'DB_SESSION_LOST', message: expect.stringContaining('silent') })
    expect(await transactions()).toHaveLength(1)
    network.mend()
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })

  test('when rows are on their way', async () => {
    network.cutAt(' FROM STDIN', 'silence', 'after')
    const error = await failure()
    expect(network.isCut).toBe(true)
    expect(error.code).toBe('DB_SESSION_LOST')
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })

  test('when the restore is interrupted in the silence', async () => {
    const interrupt = new AbortController()
    const reason = new BackupError({ code: 'INTERRUPTED', message: '', suggestion: '', phase: 'test' })
    const cut = () => {
      network.cut('silence', { all: true })
      interrupt.abort(reason)
    }
    const options = { log: atWipe(cut), signal: interrupt.signal, silenceMs: 600_000 }
    expect(await failure(options)).toBe(reason)
    network.mend()
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })
})

test('a server that works for longer than the silence allowed is not taken for lost', async () => {
  // The last statement: it is seen to fail after it has slept, and not before.
  const error = await failure({ finally: 'SELECT pg_sleep(4); SELECT 1/0' })
  expect(error.message).toContain('division by zero')
})

test('a connection of ours says goodbye without waiting for an answer for ever', async () => {
  const client = await connect(parseConnection({ url: network.url }, 'test'), 'test')
  network.cut('silence')
  await client.end()
})

describe('a connection that is lost during the COMMIT', () => {
  test.each(['reset', 'silence'] as const)(
    'before it arrived (%s) is known to have changed nothing',
    async (how) => {
      let aborted = false
      network.cutAt('COMMIT;', how, 'before')
      const error = await failure({
        onAborted: async () => {
          aborted = true
        },
      })
      expect(network.isCut).toBe(true)
      expect(error.code).toBe('DB_SESSION_LOST')
      expect(aborted).toBe(true)
      await untilQuiet()
      expect(await fingerprint()).toBe(untouched)
    },
  )

  test('with a server that cannot be asked is not known, until it can be', async () => {
    let transaction = ''
    let aborted = false
    network.cutAt('COMMIT;', 'reset', 'before', { all: true })
    const error = await failure({
      settleMs: 1_000,
      beforeCommit: async (id) => {
        transaction = id
      },
      onAborted: async () => {
        aborted = true
      },
    })
    expect(error.code).toBe('RESTORE_OUTCOME_UNKNOWN')
    expect(error.suggestion).toContain(`pg_xact_status('${transaction}')`)
    expect(aborted).toBe(false)
    network.mend()
    await untilQuiet()
    const connection = parseConnection({ url: network.url }, 'test')
    expect(await transactionOutcome(connection, transaction)).toBe('aborted')
    expect(await fingerprint()).toBe(untouched)
  })

  test.each(['reset', 'silence'] as const)(
    'after it arrived (%s) is known to have been committed',
    async (how) => {
      network.cutAt('COMMIT;', how, 'after')
      const result = await restore()
      expect(network.isCut).toBe(true)
      expect(result.counts['tables']).toBeGreaterThan(0)
      await expectRestored()
    },
  )
})

test('a restore over a mended network succeeds', async () => {
  network.cutAt('COMMIT;', 'reset', 'before')
  await failure()
  network.mend()
  await restore()
  await expectRestored()
})
