import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyDraft, previewOptions, restoreOptions } from '../../src/components/restore/state.ts'
import type { StartOptions } from '../../src/server/runner/start-options.ts'
import type { AppRouter } from '../../src/server/trpc/router.ts'
import { makeSandboxLab, type SandboxLab } from '../helpers/sandbox-lab.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

let lab: SandboxLab
let board: RunningDashboard
let tokens: Record<'operator' | 'admin', string>
let older: string
let newer: string
const answers: string[] = []

beforeAll(async () => {
  lab = await makeSandboxLab()
  await lab.backUp()
  await sql(lab.source.sandbox.databaseUrl, 'create table public.added as select 1 as id')
  await lab.backUp()
  ;[older = '', newer = ''] = await lab.archives()
  tokens = { operator: await token('operator'), admin: await token('admin') }
  board = await startDashboard(lab)
})
afterAll(async () => {
  await board?.stop()
  await lab?.remove()
})

async function token(role: string): Promise<string> {
  const args = ['token', 'create', '--name', role, '--role', role, '--expires', '1d']
  return (await runCommand(lab, args)).output.trim()
}

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

const inTarget = (text: string) => sql(lab.target.databaseUrl, text)

/** Below the project; keeps what was answered, to be searched for secrets. */
async function call(path: string, options: { body?: unknown; as?: 'operator' | 'admin' } = {}) {
  const { body, as = 'operator' } = options
  const response = await fetch(`${board.url}/api/v1/projects/sandbox${path && `/${path}`}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${tokens[as]}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  answers.push(text)
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

/** Starts something and waits for its end. */
async function done(noun: string, body: unknown, as?: 'operator' | 'admin') {
  const started = await call(noun, { body, ...(as && { as }) })
  expect([noun, started.status, started.body.code]).toEqual([noun, 202, undefined])
  const { runId } = started.body
  for (;;) {
    const { body: run } = await call(`runs/${runId}`)
    if (!['queued', 'starting', 'running', 'cancelling'].includes(run.state)) return { runId, run }
    await sleep(200)
  }
}

/** Calls as the screens do, by the token of an admin. */
function screens() {
  const headers = { authorization: `Bearer ${tokens.admin}` }
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${board.url}/api/trpc`, headers })] })
}

const target = { type: 'test' }

/** What the screens start, as a program sends it: the path says the kind. */
function bodyOf(options: StartOptions | undefined): unknown {
  const { kind: _kind, ...body } = options ?? {}
  return body
}

/** Only against what hangs. */
const limits = { timeout: 900_000 }

describe('archives', limits, () => {
  test('are listed, looked into and compared as the scripts say, and an answer that lasts is asked for once', async () => {
    const { body: list } = await call('archives')
    expect(list.data.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining([newer, older]),
    )
    const { body: held } = await call(`archives/${newer}`)
    expect(held).toMatchObject({ source: newer, status: 'complete', partial: null })
    expect(held.database.tables).toContainEqual(
      expect.objectContaining({ schema: 'public', name: 'added', rows: 1 }),
    )
    const bucket = held.storage.buckets.find(({ objects }: { objects: number }) => objects > 0)
    const { body: folder } = await call(`archives/${newer}/objects?bucket=${encodeURIComponent(bucket.id)}`)
    const below = folder.folders.reduce((sum: number, one: { objects: number }) => sum + one.objects, 0)
    expect(below + folder.objects.length).toBe(bucket.objects)
    const { body: changed } = await call(`comparison?from=${older}&to=${newer}`)
    expect([changed.equal, JSON.stringify(changed.database).includes('added')]).toEqual([false, true])
    const { body: plan } = await call('retention-plan?withinDays=1&daily=1&minArchives=1')
    expect(plan.archives).toHaveLength(2)
    // Asked again it comes from what was kept, also when the repository is away.
    expect((await call(`archives/${newer}`)).body).toEqual(held)
    expect((await call('archives/other-2020-01-01_00-00-00')).body.code).toBe('ARCHIVE_UNKNOWN')
  })

  test('give files of a table, one by one and together, and nothing beside them', async () => {
    const { runId, run } = await done('exports', {
      archive: newer,
      tables: ['public.added'],
      formats: ['csv'],
    })
    expect(run.state).toBe('answered')
    const { body: answer } = await call(`runs/${runId}/answer`)
    const file = answer.exported.find(({ path }: { path: string }) => path.endsWith('.csv'))
    const sent = await call(`exports/${runId}?file=${encodeURIComponent(file.path)}`)
    expect(sent.body).toContain('id\n1\n')
    expect((await call(`exports/${runId}`)).body).toContain('.csv')
    expect((await call(`exports/${runId}?file=../../../key`)).body).toMatchObject({ code: 'EXPORT_GONE' })
  })
})

describe('a schedule', limits, () => {
  test('exports the newest archive into its folder, and once it is there not again', async () => {
    const projectId = 'sandbox'
    const directory = join(lab.directory, '../exports')
    const { settings, schedules } = screens()
    await settings.set.mutate({ exportDirectory: directory })
    const { scheduleId } = await schedules.add.mutate({
      projectId,
      schedule: {
        ...{ name: 'to the warehouse', window: null, isPaused: false },
        plan: { kind: 'export', only: ['database'], formats: ['csv'], keep: 1 },
        trigger: { type: 'cron', cron: '0 3 1 1 *', timeZone: 'UTC' },
      },
    })
    const run = async () => {
      await schedules.runNow.mutate({ projectId, scheduleId })
      for (;;) {
        const [found] = (await schedules.list.query()).filter(({ id }) => id === scheduleId)
        const state = `${found?.last?.state}`
        if (!['queued', 'started'].includes(state)) return { state, runId: `${found?.last?.runId}` }
        await sleep(200)
      }
    }
    const { state, runId } = await run()
    expect(state).toBe('answered')
    const place = join(directory, projectId, scheduleId)
    const [folder = ''] = await readdir(place)
    expect(await readFile(join(place, folder, 'tables_csv/public.added.csv'), 'utf8')).toBe('id\n1\n')
    expect((await call(`runs/${runId}/answer`)).body).toMatchObject({
      ...{ exported: null, exportedTo: join(place, folder) },
    })
    const again = await run()
    expect(again.state).toBe('skipped')
    expect((await call(`runs/${again.runId}`)).body.launch.problem.code).toBe('EXPORT_EXISTS')
    expect(await readdir(place)).toEqual([folder])
  })
})

describe('a restore', limits, () => {
  test('is not begun unless the target’s reference is typed', async () => {
    const refused = await call('restores', { body: { archive: newer, target, confirm: 'sandbox' } })
    expect(refused.body.code).toBe('TARGET_NOT_CONFIRMED')
    expect(await inTarget("select to_regclass('public.added') as added")).toEqual([{ added: null }])
  })

  test('brings the backup into the target and proves it; a rollback brings back what was there', async () => {
    await inTarget('create table public.only_here (id int)')
    const { run } = await done('restores', {
      ...{ archive: newer, target, confirm: lab.reference, only: ['database'] },
    })
    expect(run.report).toMatchObject({ kind: 'restore', verification: { ok: true } })
    expect(await inTarget('select id from public.added')).toEqual([{ id: 1 }])
    const back = await done('rollbacks', { target, confirm: lab.reference })
    expect(back.run.report).toMatchObject({ verification: { ok: true } })
    expect(
      await inTarget(
        "select to_regclass('public.added') as added, to_regclass('public.only_here') is null as lost",
      ),
    ).toEqual([{ added: null, lost: false }])
  })

  test('of what the backup does not have is refused by the script, in its words', async () => {
    const options = { archive: newer, target, confirm: lab.reference, tables: ['public.nowhere'] }
    const { run } = await done('restores', options)
    const error = run.report?.error ?? run.launch?.problem
    expect(error).toMatchObject({ code: 'SELECTION_EMPTY', suggestion: expect.stringContaining('--table') })
  })
})

describe('a restore over the project itself, as the wizard puts it together', limits, () => {
  const itself = { type: 'project', projectId: 'sandbox' } as const
  const inSource = (text: string) => sql(lab.source.sandbox.databaseUrl, text)
  const kept = 'wizard/kept.txt'
  const mistaken = 'wizard/mistaken.txt'

  /** Calls the Storage of the source as an application does. */
  async function inStorage(method: 'POST' | 'DELETE' | 'GET', path: string): Promise<number> {
    const { SUPABASE_STORAGE_URL: url = '', SUPABASE_SERVICE_ROLE_KEY: key = '' } =
      lab.source.sandbox.environment()
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'text/plain' }
    const answer = await fetch(`${url}/object/documents/${path}`, {
      ...{ method, headers },
      ...(method === 'POST' && { body: path }),
    })
    await answer.arrayBuffer()
    return answer.status
  }

  /** Whether there are the table and the object of the backup, and those that came after it. */
  async function found() {
    const [tables] = await inSource(
      "select to_regclass('public.added') is not null as added, to_regclass('public.mistake') is not null as mistake",
    )
    const objects = [await inStorage('GET', kept), await inStorage('GET', mistaken)]
    return { ...tables, objects: objects.map((status) => status === 200) }
  }

  test('brings everything back, Storage too; its rollback is foreseen, and takes that back', async () => {
    expect(await inStorage('POST', kept)).toBe(200)
    await lab.backUp()
    const archive = (await lab.archives()).at(-1) ?? ''
    const { body: project } = await call('')
    await inSource('drop table public.added; create table public.mistake (id int)')
    expect([await inStorage('DELETE', kept), await inStorage('POST', mistaken)]).toEqual([200, 200])
    const asItWas = { added: true, mistake: false, objects: [true, false] }
    const mistakes = { added: false, mistake: true, objects: [false, true] }
    expect(await found()).toEqual(mistakes)

    const draft = { ...emptyDraft, archive, target: itself }
    const before = await done('previews', bodyOf(previewOptions(draft)))
    const { body: seen } = await call(`runs/${before.runId}/answer`)
    expect(JSON.stringify(seen.previewed.database.objects)).toContain('TABLE public mistake')
    expect(seen.previewed.storage).toMatchObject({ objectsToSend: 1, objectsToRemove: 1 })
    expect(await found()).toEqual(mistakes)

    const options = bodyOf(restoreOptions(draft, project.origin))
    expect((await call('restores', { body: options })).body.code).toBe('NOT_ALLOWED')
    const { run } = await done('restores', options, 'admin')
    expect(run.report).toMatchObject({ outcome: 'success', verification: { ok: true } })
    expect(await found()).toEqual(asItWas)

    const back = await done('rollback-previews', { target: itself })
    const { body: foreseen } = await call(`runs/${back.runId}/answer`)
    expect(foreseen.previewed.database.objects).toContainEqual(
      expect.objectContaining({ name: 'TABLE public mistake', change: 'create' }),
    )
    expect(foreseen.previewed.storage).toMatchObject({ objectsToSend: 1, objectsToRemove: 1 })
    expect(await found()).toEqual(asItWas)

    const rolledBack = await done('rollbacks', { target: itself, confirm: project.origin }, 'admin')
    expect(rolledBack.run.report).toMatchObject({ verification: { ok: true } })
    expect(await found()).toEqual(mistakes)
  })
})

describe('an archive that is pinned', limits, () => {
  test('is told so with its reason, kept by retention and refused to be deleted, until an admin unpins it', async () => {
    const pin = async () => {
      const { body: list } = await call('archives')
      return list.data.find(({ name }: { name: string }) => name === older)?.pin
    }
    expect(await pin()).toBeNull()
    expect((await done('pins', { archive: older, reason: 'the audit' })).run.state).toBe('answered')
    expect(await pin()).toEqual({ reason: 'the audit' })
    const { body: plan } = await call('retention-plan?withinDays=1&daily=0&minArchives=1')
    const planned = plan.archives.find((one: { archive: { name: string } }) => one.archive.name === older)
    expect(planned).toMatchObject({ action: 'keep', reason: 'pinned' })
    const refused = await done('deletions', { archive: older, typed: older }, 'admin')
    expect(refused.run.launch.problem).toMatchObject({
      ...{ code: 'ARCHIVE_PINNED', suggestion: expect.stringContaining('--unpin') },
    })
    expect((await call('unpinnings', { body: { archive: older } })).body.code).toBe('NOT_ALLOWED')
    expect((await done('unpinnings', { archive: older }, 'admin')).run.state).toBe('answered')
    expect(await pin()).toBeNull()
  })
})

describe('an archive that is deleted', limits, () => {
  test('is gone from the repository, and the others stay', async () => {
    const typed = { archive: older, typed: older }
    expect((await call('deletions', { body: typed })).body.code).toBe('NOT_ALLOWED')
    expect((await done('deletions', typed, 'admin')).run.state).toBe('answered')
    const names = await lab.archives()
    expect([names.includes(older), names.includes(newer)]).toEqual([false, true])
    const { body: list } = await call('archives?fresh=true')
    expect(JSON.stringify(list)).not.toContain(older)
  })
})

test('No secret of either project is in an answer, or in a file of the dashboard', async () => {
  const settings = await readFile(join(lab.configuration, 'sandbox.env'), 'utf8')
  const secrets = [...settings.matchAll(/^(?:BORG_PASSPHRASE|\w*SERVICE_ROLE_KEY)='(.*)'$/gm)].map(
    ([, value]) => `${value}`,
  )
  expect(secrets).toHaveLength(3)
  const names = await readdir(lab.directory, { withFileTypes: true })
  const files = await Promise.all(
    names.filter((one) => one.isFile()).map(({ name }) => readFile(join(lab.directory, name), 'latin1')),
  )
  const everything = [...files, ...answers, board.output()].join('\n')
  for (const secret of secrets) expect(everything.includes(secret)).toBe(false)
  expect(everything).toContain(lab.reference)
})
