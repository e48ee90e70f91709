import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { openPsql } from '../../../src/database/connect/psql.ts'
import { estimateLocks } from '../../../src/database/restore/locks.ts'
import { prepareRestore } from '../../../src/database/restore/prepare.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { isManagedSchema } from '../../../src/database/rules/platform.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { type PostgresServer, startPostgres } from '../../../src/drill/postgres.ts'
import { applyDatabase } from '../../helpers/apply.ts'
import { backupInto, installHostile, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** The smallest lock table there is: the hostile database does not fit into it. */
const smallLockTable = {
  max_locks_per_transaction: '10',
  max_connections: '20',
  max_prepared_transactions: '0',
}

let source: TestPlatform
let target: TestPlatform
let small: PostgresServer
let clients: PostgresClients
let generation: string

const connection = (user: 'postgres' | 'supabase_admin') => {
  const url = new URL(user === 'postgres' ? target.databaseUrl : target.superuserUrl)
  url.port = String(small.port)
  return parseConnection({ url: url.href }, 'test')
}

const options = () => ({
  ...{ generation, clients, log: silentLog },
  target: connection('postgres'),
  superuser: connection('supabase_admin'),
})

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await installHostile(source)
  generation = await backupInto(source.databaseUrl, clients)
  await target.server.stop()
  small = await startPostgres({
    directory: target.directory,
    major: target.server.major,
    settings: smallLockTable,
  })
})

afterAll(async () => {
  await small?.stop()
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a target whose lock table is too small', () => {
  test('is refused before anything is done, with the numbers', async () => {
    await expect(restoreDatabase(options())).rejects.toMatchObject({
      code: 'TARGET_LOCKS_TOO_FEW',
      message: expect.stringMatching(/needs about \d+ locks, and the target's lock table holds 200\./),
    })
  })

  test('takes the same backup in batches, and again over what is there', async () => {
    await restoreDatabase({ ...options(), batches: true })
    expect((await verifyDatabase(options())).differences).toEqual([])
    await restoreDatabase({ ...options(), batches: true })
    expect((await verifyDatabase(options())).differences).toEqual([])
  })

  test('takes a drill in batches unasked, for nothing of it can be lost', async () => {
    const { target: database, superuser } = options()
    const target = { database, storage: undefined, superuser }
    const major = inject('major')
    await applyDatabase({ generation, target, major, disposable: true })
    expect((await verifyDatabase(options())).differences).toEqual([])
    const restored = applyDatabase({ generation, target, major, disposable: false })
    await expect(restored).rejects.toMatchObject({ code: 'TARGET_LOCKS_TOO_FEW' })
  })

  test('says that a part is there when a restore in batches breaks off, and the next one finishes it', async () => {
    await expect(
      restoreDatabase({ ...options(), batches: true, finally: 'SELECT 1/0' }),
    ).rejects.toMatchObject({
      code: 'RESTORE_INCOMPLETE',
      message: expect.stringContaining('division by zero'),
      suggestion: expect.not.stringContaining('--leave-out'),
    })
    await restoreDatabase({ ...options(), batches: true })
    expect((await verifyDatabase(options())).differences).toEqual([])
  })
})

test('The estimate is not below the locks a restore holds before its COMMIT, nor far above', async () => {
  const filled = parseConnection({ url: source.databaseUrl }, 'test')
  const { runs, target: prepared } = await prepareRestore({ generation, target: filled })
  const entries = [...runs.values()].flat().flatMap((run) => run.entries)
  const schemas = [...prepared.schemas].filter((name) => !isManagedSchema(name))
  const session = await openPsql({ clients, connection: filled, phase: 'test' })
  const { needed } = await estimateLocks(session, schemas, entries)
  await session.close()
  let held = 0
  await restoreDatabase({
    ...{ generation, clients, log: silentLog, target: filled },
    superuser: parseConnection({ url: source.superuserUrl }, 'test'),
    async beforeCommit() {
      // One lock may be held in several modes.
      const locks =
        'DISTINCT (locktype, database, relation, classid, objid, objsubid, transactionid::text, virtualxid)'
      const [row] = await query(source.superuserUrl, `SELECT count(${locks})::int AS held FROM pg_locks`)
      held = z.object({ held: z.number() }).parse(row).held
    },
  })
  expect(held).toBeGreaterThan(200)
  expect(needed / held).toBeGreaterThanOrEqual(1)
  expect(needed / held).toBeLessThan(1.5)
})
