import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readManifest } from '../../src/common/manifest.ts'
import { runReportSchema } from '../../src/report/schema.ts'
import { breakdowns } from '../../src/standin/storage-api/faults.ts'
import { query } from '../helpers/database.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

let projects: TwoProjects

const state = () => join(projects.state, 'restore/progress.json')
const everything = ['--archive', 'Local', '--only', 'database,storage', '--no-safety-backup'] as const

/** Event triggers on logins, which there are since 17: what a restore leaves asleep until everything is compared. */
const loginTriggers = `
  create function public.note_login() returns event_trigger language plpgsql as 'begin end';
  create event trigger first_login on login execute function public.note_login();
  create event trigger second_login on login execute function public.note_login();
  alter event trigger second_login enable always;`

/** Their states at the target, as a superuser who is not in the way. */
async function loginStates(): Promise<string> {
  const { postgres } = projects.target
  const superuser = postgres.url(postgres.superuser.user, postgres.superuser.password)
  const states = `select string_agg(evtenabled::text, '' order by evtname) as states from pg_event_trigger where evtevent = 'login'`
  const [found] = await query(superuser, states)
  return String(found?.['states'])
}

beforeAll(async () => {
  projects = await openTwoProjects({
    major: 17,
    async prepare(source, target) {
      for (const { postgres } of [source, target])
        await query(
          postgres.url(postgres.superuser.user, postgres.superuser.password),
          'alter role postgres superuser',
        )
      await query(source.databaseUrl, loginTriggers)
    },
  })
})
afterEach(() => projects.target.storage.faults.clear())
afterAll(() => projects.stop())

/** Removes every object of the target, so that a restore has something to send, and changes a row. */
async function disturb(): Promise<void> {
  const { postgres, databaseUrl } = projects.target
  const superuser = postgres.url(postgres.superuser.user, postgres.superuser.password)
  await query(
    superuser,
    `begin; set local storage.allow_delete_query = 'true'; delete from storage.objects; commit`,
  )
  await query(databaseUrl, `update public.tasks set title = 'disturbed'`)
}

/** A table that only a second restore of the database would take away again. */
async function leaveTrace(): Promise<void> {
  await query(projects.target.databaseUrl, 'create table if not exists public.trace ()')
}

async function removeTrace(): Promise<boolean> {
  const found = await query(projects.target.databaseUrl, `select 1 from pg_tables where tablename = 'trace'`)
  await query(projects.target.databaseUrl, 'drop table if exists public.trace')
  return found.length === 1
}

/** The processes that run the restore's worker on this project's files. */
async function workers(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const running: number[] = []
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const isOurs = /\/restore\.[jt]s\0restore\0/.test(command) && command.includes(projects.folder)
    if (isOurs && !command.startsWith('setpriv')) running.push(Number(pid))
  }
  return running
}

async function expectEqual(stdout: string): Promise<void> {
  const report = runReportSchema.parse(JSON.parse(stdout))
  expect(report.verification).toMatchObject({ ok: true, differences: [] })
  expect(existsSync(state())).toBe(false)
}

describe('restore.sh --resume', () => {
  test('finishes what a refused key kept from being finished, and does not touch the database again', async () => {
    await disturb()
    projects.target.storage.faults.add({ match: { route: 'upload' }, fault: breakdowns.expiredToken() })
    const failed = await projects.restore(...everything)
    expect(failed.code).toBe(78)
    const { error } = runReportSchema.parse(JSON.parse(failed.stdout))
    expect(error?.message).toContain('The database is restored and committed')
    const [command = ''] =
      /\S+\/restore\.sh --env-file \S+ --resume --confirm \S+/.exec(`${error?.suggestion}`) ?? []

    projects.target.storage.faults.clear()
    await leaveTrace()
    const [, ...asPrinted] = command.split(' ')
    const resumed = await projects.run('restore.sh', ...asPrinted, '--json')
    // The trace is a difference, and the proof that no second restore of the database took it away.
    expect(resumed.code).toBe(1)
    const { verification } = runReportSchema.parse(JSON.parse(resumed.stdout))
    expect(verification?.differences).toContainEqual(expect.objectContaining({ name: 'public.trace' }))
    expect(verification?.differences.filter(({ name }) => !name.includes('trace'))).toEqual([])
    expect(await removeTrace()).toBe(true)
    const again = await projects.restore('--resume')
    expect(again.code, again.stderr).toBe(0)
    await expectEqual(again.stdout)
  })

  test('finishes a restore whose worker was killed while it sent objects, as it was begun', async () => {
    await disturb()
    const { storage } = projects.target
    const headers = { authorization: `Bearer ${storage.serviceRoleKey}`, 'content-type': 'image/png' }
    const extra = `${storage.url}/object/avatars/kept.png`
    const put = await fetch(extra, { method: 'POST', headers, body: 'kept' })
    expect(put.status, await put.text()).toBe(200)
    const slow = { kind: 'delay', milliseconds: 60_000 } as const
    const fault = projects.target.storage.faults.add({ match: { route: 'upload' }, fault: slow })
    const run = projects.startRestore(...everything, '--keep-extra')
    run.stdin.end()
    run.stdout.resume()
    await expect.poll(() => fault.struck, { timeout: 60_000, interval: 200 }).toBeGreaterThan(0)
    const pids = await workers()
    expect(pids).toHaveLength(1)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    const end = await run.ended
    expect(end.code).toBe(1)
    expect(end.stderr).toMatch(/restore\.sh --env-file \S+ --resume/)
    expect(await loginStates()).toBe('DD')

    projects.target.storage.faults.clear()
    const resumed = await projects.restore('--resume')
    expect(resumed.code, resumed.stderr).toBe(0)
    await expectEqual(resumed.stdout)
    expect(await loginStates()).toBe('OA')
    expect(await (await fetch(extra, { headers })).text()).toBe('kept')
    await fetch(extra, { method: 'DELETE', headers })
  })

  test('has nothing to do after a restore that ended well', async () => {
    const refused = await projects.restore('--resume')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('NOTHING_TO_RESUME')
  })
})

describe('a restore that was killed at its COMMIT', () => {
  /** What such a restore leaves behind. */
  async function leave(changes: Record<string, unknown>): Promise<void> {
    const { runId } = await readManifest(join(projects.folder, 'local'))
    await mkdir(join(projects.state, 'restore'), { recursive: true })
    const left = {
      ...{
        backupRunId: runId,
        source: 'Local',
        target: projects.reference,
        rowsReconciled: true,
        results: [],
      },
      components: ['database', 'storage'],
      asked: { scope: {}, keepExtra: false, arm: false, batches: false },
    }
    await writeFile(state(), JSON.stringify({ ...left, transaction: null, ...changes }))
  }

  async function transaction(end: 'commit' | 'rollback' | undefined) {
    const client = new pg.Client({ connectionString: projects.target.databaseUrl })
    await client.connect()
    await client.query('begin')
    const { rows } = await client.query('select pg_current_xact_id()::text as id')
    if (end) await client.query(end)
    return { id: String(rows[0]?.id), close: () => client.end() }
  }

  test('is finished where the server says that it was committed', async () => {
    const { id, close } = await transaction('commit')
    await close()
    await leave({ transaction: id })
    const resumed = await projects.restore('--resume')
    expect(resumed.code, resumed.stderr).toBe(0)
    await expectEqual(resumed.stdout)
  })

  test('left the target unchanged where it was not, and there is nothing to resume', async () => {
    const { id, close } = await transaction('rollback')
    await close()
    for (const left of [{ transaction: id }, { transaction: null }]) {
      await leave(left)
      const refused = await projects.restore('--resume')
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('the target is unchanged')
      expect(existsSync(state())).toBe(false)
    }
  })

  test('is not resumed while its transaction is open, nor from another backup, nor into another target', async () => {
    const { id, close } = await transaction(undefined)
    await leave({ transaction: id })
    expect((await projects.restore('--resume')).stderr).toContain('RESUME_TOO_EARLY')
    await close()
    for (const other of [{ backupRunId: 'another' }, { target: 'another' }]) {
      await leave({ transaction: id, ...other })
      const refused = await projects.restore('--resume')
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain('RESUME_MISMATCH')
      expect(existsSync(state())).toBe(true)
    }
  })
})
