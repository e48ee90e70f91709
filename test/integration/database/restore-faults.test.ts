import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackupError } from '../../../src/common/errors.ts'
import { type Log, silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { type DatabaseRestoreOptions, restoreDatabase } from '../../../src/database/restore/restore.ts'
import { type PostgresServer, startPostgres } from '../../../src/drill/postgres.ts'
import { clutter, smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, query, stateText, testClients } from '../../helpers/database.ts'
import { cutPgRestore, refuseNothing, refuseStatement, refuseTag } from '../../helpers/database-faults.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string
let untouched: string

const fingerprint = (url = target.databaseUrl) => stateText(url, clients)

/** Restores, and returns the error it ends with. */
async function failure(options: Partial<DatabaseRestoreOptions> = {}): Promise<BackupError> {
  const whole = {
    generation,
    target: parseConnection({ url: target.databaseUrl }, 'test'),
    clients,
    log: silentLog,
  }
  const error = await restoreDatabase({ ...whole, ...options }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof BackupError)) throw new Error(`expected a BackupError, got ${error}`)
  return error
}

/** A log that acts once the target has been emptied, in the middle of the transaction. */
function atWipe(act: () => void): Log {
  return { ...silentLog, info: (message) => message.startsWith('emptied') && act() }
}

/** Kills a program this process started. */
function killChild(program: string): void {
  for (const pid of readdirSync('/proc').filter((name) => Number(name) > 0)) {
    try {
      const [, name, parent] = /^\d+ \((.*)\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      if (name === program && Number(parent) === process.pid) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended while we looked.
    }
  }
}

/** Waits for the server to notice that the client of a transaction is gone. */
async function untilQuiet(): Promise<void> {
  const others = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`
  while ((await query(target.superuserUrl, others)).length > 0) await sleep(50)
}

/** A killed server leaves its lock file, and children that end by themselves. */
async function restartPostgres(options: { directory: string; major: number }): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await startPostgres(options)
    } catch (error) {
      if (attempt === 20) throw error
      await sleep(250)
    }
}

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, smallApplication)
  generation = await backupInto(source.databaseUrl, clients)
  await query(target.databaseUrl, clutter)
  untouched = await fingerprint()
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('the target stays as it was', () => {
  test.each([1, 2, 3, 5, 8, 13, 21, 30, 40, 50, 60, 70])(
    'when its server refuses statement %d of those that change the schema',
    async (number) => {
      await query(target.superuserUrl, refuseStatement(number))
      const error = await failure()
      await query(target.superuserUrl, refuseNothing)
      expect(error.message).toContain(`injected fault at statement ${number}`)
      expect(error.detail).toContain('STATEMENT:')
      expect(await fingerprint()).toBe(untouched)
    },
  )

  test.each([
    [200, 'exit 1'],
    [2_000, 'exit 1'],
    [3_000, 'kill -9 $$'],
    [4_500, 'exit 1'],
    [6_000, 'kill -9 $$'],
  ] as const)('when pg_restore ends after %d bytes with %s', async (bytes, ending) => {
    const error = await failure({ clients: await cutPgRestore(clients, generation, bytes, ending) })
    expect(error.code).toMatch(/^(PROGRAM_FAILED|DUMP_HEADER_UNKNOWN|DB_STATEMENT_FAILED)$/)
    expect(await fingerprint()).toBe(untouched)
  })

  test('when the very last statement before the COMMIT fails', async () => {
    expect((await failure({ finally: 'SELECT 1/0' })).message).toContain('division by zero')
    expect(await fingerprint()).toBe(untouched)
  })

  test('when rows do not come out as recorded', async () => {
    await query(
      target.superuserUrl,
      `CREATE FUNCTION auth.meddle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.email = 'changed@example.com'; RETURN NEW; END $$;
      CREATE TRIGGER meddle BEFORE INSERT ON auth.users FOR EACH ROW WHEN (NEW.email = 'user1@example.com') EXECUTE FUNCTION auth.meddle();
      ALTER TABLE auth.users ENABLE ALWAYS TRIGGER meddle`,
    )
    const error = await failure()
    await query(target.superuserUrl, 'DROP TRIGGER meddle ON auth.users; DROP FUNCTION auth.meddle()')
    expect(error.code).toBe('RESTORE_DIFFERS')
    expect(error.detail).toMatch(/^auth\.users: 20 rows, as in the backup, but with other values$/)
    expect(await fingerprint()).toBe(untouched)
  })

  test('when psql is killed in the middle', async () => {
    const error = await failure({ log: atWipe(() => killChild('psql')) })
    expect(error.code).toBe('DB_SESSION_LOST')
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })

  test('when the restore is interrupted', async () => {
    const interrupt = new AbortController()
    const reason = new BackupError({ code: 'INTERRUPTED', message: '', suggestion: '', phase: 'test' })
    const error = await failure({ log: atWipe(() => interrupt.abort(reason)), signal: interrupt.signal })
    expect(error).toBe(reason)
    await untilQuiet()
    expect(await fingerprint()).toBe(untouched)
  })

  test('when a definition of the dump is refused, which the error names', async () => {
    await query(target.superuserUrl, refuseTag('CREATE POLICY'))
    const error = await failure()
    await query(target.superuserUrl, refuseNothing)
    expect(error.message).toMatch(
      /^The target refused a statement: injected fault at CREATE POLICY. It is the dump's entry \d+, POLICY \w+ \w+ \w+\.$/,
    )
    expect(await fingerprint()).toBe(untouched)
  })

  test('when the server is killed in the middle', async () => {
    const error = await failure({ log: atWipe(() => process.kill(target.server.pid, 'SIGKILL')) })
    expect(['DB_SESSION_LOST', 'DB_STATEMENT_FAILED']).toContain(error.code)
    const { directory, major } = target.server
    const password = new URL(target.databaseUrl).password
    await target.server.stop()
    const server = await restartPostgres({ directory, major })
    try {
      expect(await fingerprint(server.url('postgres', decodeURIComponent(password)))).toBe(untouched)
    } finally {
      await server.stop()
    }
  })
})
