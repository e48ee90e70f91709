import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Role, roles } from '../../src/server/auth/roles.ts'
import { audit, idempotentRequests } from '../../src/server/db/schema/index.ts'
import { createHandler } from '../../src/server/http/handler.ts'
import { openApi } from '../../src/server/rest/openapi.ts'
import { mostRequests, rateLimit } from '../../src/server/rest/rate-limit.ts'
import { referencePage } from '../../src/server/rest/reference.ts'
import { routes } from '../../src/server/rest/routes.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { canary, monthOf } from '../helpers/lab.ts'
import { failed } from '../helpers/reports.ts'
import { restClient } from '../helpers/rest-client.ts'
import { someEvents, startRunning } from '../helpers/running.ts'

let app: TestApp
let send: (request: Request) => Promise<Response>
let bearers: Record<Role, { authorization: string }>
/** An admin's of the group that only the project blog is in. */
let narrowed: { authorization: string }
let client: ReturnType<typeof restClient>

beforeAll(async () => {
  app = await openTestApp()
  await app.lab.addProject('shop', monthOf('shop', { 3: failed }))
  await app.lab.addProject('blog')
  await app.lab.addProject('wiki')
  await app.watch.lookNow()
  const place = { host: '127.0.0.1', port: 4317, publicUrl: undefined }
  const handle = createHandler({ app, place, pages: { fetch: () => new Response('a page') } })
  send = (request) => {
    const addressed = Object.assign(request, { ip: '192.0.2.7' })
    addressed.headers.set('host', '127.0.0.1:4317')
    return handle(addressed)
  }
  const bearer = (role: Role, groups: string[] | null = null) => ({
    authorization: `Bearer ${app.tokens.add({ name: `rest ${role}`, role, groups, expiresAt: null })}`,
  })
  app.labels.set('blog', 'group', ['press'])
  narrowed = bearer('admin', ['press'])
  bearers = { viewer: bearer('viewer'), operator: bearer('operator'), admin: bearer('admin') }
  const document = await (await send(new Request('http://127.0.0.1:4317/api/v1/openapi.json'))).json()
  client = restClient(document, send)
})
afterAll(() => app.remove())

const target = { type: 'test' }
const schedule = {
  ...{ name: 'Nightly', plan: { kind: 'backup' }, window: null, isPaused: false },
  trigger: { type: 'cron', cron: '30 3 * * *', timeZone: 'UTC' },
}
const secret = 'BORG_PASSPHRASE'
/** Something of its form for what takes a body. */
const bodies: Record<string, unknown> = {
  startExport: { archive: 'newest' },
  startDeletion: { archive: 'newest', typed: 'newest' },
  readArchiveRows: { table: 'public.orders' },
  startPreview: { archive: 'newest', target },
  startRestore: { archive: 'newest', target, confirm: 'x' },
  startPin: { archive: 'newest' },
  startUnpinning: { archive: 'newest' },
  startRollbackPreview: { target },
  startRollback: { target, confirm: 'x' },
  startResumption: { target, confirm: 'x' },
  startArming: { target, confirm: 'x' },
  setSecret: { value: 'x' },
  changeProject: { environment: 'staging' },
  addSchedule: schedule,
  changeSchedule: schedule,
  pauseSchedule: { isPaused: true },
  changeSettings: { settings: { BORG_RETENTION_DAYS: '30' } },
}

/** And as its query. */
const queries: Record<string, Record<string, string>> = {
  listArchiveObjects: { bucket: 'avatars' },
  compareArchives: { from: 'latest' },
  removeProject: { confirm: 'x' },
}

/** Calls as somebody. */
const as = (role: Role, id: string, call: Parameters<typeof client.call>[1] = {}) =>
  client.call(id, { ...call, headers: { ...bearers[role], ...call.headers } })

describe('who may make which request', () => {
  test('is for each route what its document says, for ids of nothing that is there', async () => {
    for (const { id, path, role } of client.operations) {
      const params = Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'nothing']))
      const allowed: [string, boolean][] = []
      for (const one of roles) {
        const { status, body } = await as(one, id, { params })
        allowed.push([one, !(status === 401 || (status === 403 && body.code === 'NOT_ALLOWED'))])
      }
      const needed = role === 'everybody' ? 0 : roles.indexOf(role)
      expect([id, allowed]).toEqual([id, roles.map((one, index) => [one, index >= needed])])
      const { status, body } = await client.call(id, { params })
      expect([id, status === 401]).toEqual([id, role !== 'everybody'])
      if (role !== 'everybody') expect(body.code).toBe('TOKEN_MISSING')
    }
  })

  test('is for a token of some groups what is of their projects: others are as if they were not there', async () => {
    for (const { id, path, role } of client.operations) {
      const params = Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'nothing']))
      const call = { body: bodies[id], headers: narrowed }
      const ask = async (projectId: string) =>
        (await client.call(id, { ...call, params: { ...params, projectId } })).body
      if (path.includes('{projectId}')) expect([id, await ask('shop')]).toEqual([id, await ask('nothing')])
      else if (role === 'admin' && routes.find((one) => one.id === id)?.reach !== 'listed')
        expect([id, await ask('')]).toMatchObject([id, { code: 'NOT_ALLOWED' }])
    }
    const { body } = await client.call('listProjects', { headers: narrowed })
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['blog'])
    const analytics = await client.call('getAnalytics', { headers: narrowed })
    expect(analytics.body.projects.map(({ id }: { id: string }) => id)).toEqual(['blog'])
    const other = await client.call('getAnalytics', { headers: narrowed, query: { project: 'shop' } })
    expect(other.body.code).toBe('NOT_FOUND')
    const own = await client.call('getProject', { headers: narrowed, params: { projectId: 'blog' } })
    expect(own.status).toBe(200)
  })

  test('is noted where it was denied', async () => {
    await as('viewer', 'startBackup', { params: { projectId: 'shop' } })
    expect(app.database.select().from(audit).all().at(-1)).toMatchObject({
      ...{ actorName: 'token rest viewer', action: 'start run', subject: 'shop', outcome: 'denied' },
    })
  })

  test('is decided by a token alone, not by the cookie of a browser', async () => {
    const person = await app.person('admin')
    const cookie = `dashboard-4317=${app.sessions.begin(person.id, { address: '192.0.2.7', userAgent: '' })}`
    expect((await client.call('listProjects', { headers: { cookie } })).status).toBe(401)
  })

  test('is said of each route, and each that changes something or hands out rows is audited', () => {
    for (const { id, method, action } of routes)
      expect([id, action !== undefined]).toEqual([id, method !== 'GET' || id === 'downloadExport'])
    expect(new Set(routes.map(({ id }) => id)).size).toBe(routes.length)
  })
})

describe('a project', () => {
  const settings = {
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_DB_URL: 'postgresql://postgres:rest-canary-4b@127.0.0.1:9/postgres',
    SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_rest-canary-4b',
    BORG_REPO: '/var/backups/press.borg',
    BORG_PASSPHRASE: 'rest-canary-4b',
  }

  test('is tried, added, changed, removed and put back, and no answer and no audit has a secret of it', async () => {
    const answers: unknown[] = []
    const call = async (id: string, more: Parameters<typeof client.call>[1] = {}) => {
      const answer = await as('admin', id, more)
      answers.push(answer.body)
      return answer
    }
    const tried = await call('tryProject', { body: { name: 'press', settings: { ONLY_IF: 'true' } } })
    expect(tried.body).toMatchObject({ isGood: false, problems: [{ name: 'ONLY_IF' }] })
    const added = await call('addProject', {
      body: { name: 'press', settings, tags: ['eu'], regardless: true },
    })
    expect([added.status, added.headers.get('location')]).toEqual([201, '/api/v1/projects/press'])
    const params = { projectId: 'press' }
    const changed = await call('changeProject', { params, body: { groups: ['desk'], isInactive: true } })
    expect(changed.body).toMatchObject({ groups: ['desk'], tags: ['eu'], safety: 'inactive' })
    expect((await call('getSettings', { params })).body).toMatchObject({
      settings: { SUPABASE_URL: 'http://127.0.0.1:9' },
      secrets: expect.arrayContaining(['BORG_PASSPHRASE']),
      ofFileAlone: ['SECRETS_COMMAND'],
    })
    const wrong = { settings: { BORG_RETENTION_DAYS: 'soon' } }
    expect((await call('changeSettings', { params, body: wrong })).body).toMatchObject({
      ...{ status: 422, code: 'SETTINGS_INVALID', detail: expect.stringContaining('BORG_RETENTION_DAYS') },
    })
    expect((await call('removeProject', { params, query: { confirm: 'pres' } })).status).toBe(400)
    const removed = await call('removeProject', { params, query: { confirm: 'press' } })
    expect(removed.body).toMatchObject({ hasSecrets: true })
    const removedId = 'press'
    expect((await call('listRemovedProjects')).body.data).toMatchObject([{ id: removedId, name: 'press' }])
    expect((await call('putProjectBack', { params: { removedId } })).body).toEqual({ id: 'press' })
    await call('removeProject', { params, query: { confirm: 'press' } })
    const dropped = await call('dropRemovedProject', { params: { removedId }, query: { confirm: 'press' } })
    expect(dropped.status).toBe(204)
    const noted = app.database.select().from(audit).all()
    expect(noted.map(({ action }) => action)).toContain('drop removed project')
    expect(JSON.stringify([answers, noted])).not.toContain('rest-canary-4b')
  })

  test('has its secrets set and cleared one by one, and none is told', async () => {
    const params = { projectId: 'wiki', name: secret }
    const value = 'rest-canary-5c'
    const set = await as('admin', 'setSecret', { params, body: { value } })
    expect(set.body).toEqual({ name: secret, setAt: expect.any(String), setBy: 'token rest admin' })
    const listed = await as('viewer', 'listSecrets', { params })
    expect(listed.body.data).toEqual([set.body])
    expect(app.credentials.environmentOf('wiki')[secret]).toBe(value)
    const unknown = await as('admin', 'setSecret', { params: { ...params, name: 'PATH' }, body: { value } })
    expect(unknown.body.code).toBe('INPUT_INVALID')
    expect((await as('admin', 'clearSecret', { params })).status).toBe(204)
    expect((await as('admin', 'clearSecret', { params })).body.code).toBe('NOT_FOUND')
    expect(app.credentials.countFormer('wiki')).toBe(1)
    const noted = app.database.select().from(audit).all()
    expect(noted.map(({ action }) => action)).toEqual(expect.arrayContaining(['set secret', 'clear secret']))
    expect(JSON.stringify([set.body, listed.body, unknown.body, noted])).not.toContain(value)
  })

  test('is taken in from a file and out into one', async () => {
    const text = JSON.stringify([{ name: 'shop', tags: ['eu'] }])
    const file = { format: 'json', text }
    expect((await as('admin', 'planImport', { body: file })).body.data).toMatchObject([{ verdict: 'change' }])
    const done = await as('admin', 'importProjects', { body: { ...file, rows: [1] } })
    expect(done.body.data).toMatchObject([{ name: 'shop', verdict: 'changed' }])
    const exported = await client.call('exportProjects', { headers: narrowed, body: { format: 'json' } })
    const names = JSON.parse(exported.body.text).projects.map(({ name }: { name: string }) => name)
    expect(names).toEqual(['blog'])
    expect((await as('admin', 'exportProjects', { body: { format: 'sealed' } })).status).toBe(400)
  })
})

describe('what it answers', () => {
  test('is as the document says: projects in pages, one with its problem, runs in pages, one with its report', async () => {
    const first = await as('viewer', 'listProjects', { query: { limit: 2 } })
    expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual(['blog', 'shop'])
    const next = await as('viewer', 'listProjects', { query: { limit: 2, cursor: first.body.nextCursor } })
    expect(next.body).toMatchObject({ data: [{ id: 'wiki' }], nextCursor: null })
    expect((await as('viewer', 'listProjects', { query: { safety: 'never' } })).body.data).toHaveLength(2)
    const params = { projectId: 'shop' }
    expect((await as('viewer', 'getProject', { params })).body).toMatchObject({
      safety: 'safe',
      envFile: app.lab.envFile('shop'),
    })
    const seen: string[] = []
    let query: Record<string, string> = {}
    do {
      const { body } = await as('viewer', 'listRuns', { params, query: { limit: 7, ...query } })
      seen.push(...body.data.map(({ runId }: { runId: string }) => runId))
      query = { cursor: body.nextCursor }
    } while (query['cursor'] !== null)
    expect(new Set(seen).size).toBe(34)
    const bad = await as('viewer', 'listRuns', { params, query: { outcome: 'failed' } })
    const { runId } = bad.body.data[0]
    expect((await as('viewer', 'getRun', { params: { ...params, runId } })).body).toMatchObject({
      state: 'ended',
      report: {
        error: { code: 'DB_PASSWORD_WRONG', suggestion: expect.stringContaining('connection string') },
      },
    })
  })

  test('holds no secret of a project', async () => {
    const answers: unknown[] = []
    for (const { id, method } of client.operations.filter(({ path }) => !path.includes('runId')))
      if (method === 'GET') answers.push((await as('admin', id, { params: { projectId: 'shop' } })).body)
    expect(JSON.stringify(answers)).toContain('shop')
    expect(JSON.stringify(answers)).not.toContain(canary)
  })

  test('is a problem with the code and the remedy for what cannot be done', async () => {
    const ask = async (path: string, init: RequestInit = {}) => {
      const response = await send(
        new Request(`http://127.0.0.1:4317/api/v1${path}`, {
          ...init,
          headers: { ...bearers.admin, ...init.headers },
        }),
      )
      const { code, suggestion } = await response.json()
      expect(suggestion).toMatch(/\w/)
      return [response.status, code, response.headers.get('allow')]
    }
    const json = { 'content-type': 'application/json' }
    expect(await ask('/nowhere')).toEqual([404, 'NOT_FOUND', null])
    expect(await ask('/projects/%zz')).toEqual([404, 'NOT_FOUND', null])
    expect(await ask('/projects/shop', { method: 'PUT' })).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      'GET, PATCH, DELETE',
    ])
    expect(await ask('/projects?limt=3')).toEqual([400, 'INPUT_INVALID', null])
    expect(await ask('/projects?cursor=e30')).toEqual([400, 'CURSOR_INVALID', null])
    expect(await ask('/projects', { method: 'POST', headers: json, body: '{' })).toEqual([
      400,
      'INPUT_INVALID',
      null,
    ])
    expect(await ask('/projects', { method: 'POST', body: 'envFile=x' })).toEqual([415, 'NOT_JSON', null])
    const much = JSON.stringify({ envFile: 'x'.repeat(2 ** 20) })
    expect(await ask('/projects', { method: 'POST', headers: json, body: much })).toEqual([
      413,
      'TOO_LARGE',
      null,
    ])
    expect(await ask('/adoptions', { method: 'POST', headers: json, body: '{"envFile":"/x.env"}' })).toEqual([
      400,
      'ENV_FILE_REFUSED',
      null,
    ])
  })

  test.each([
    '../../etc/passwd',
    'x\0y',
    '__proto__',
    'ä'.repeat(60),
    "'; drop table users; --",
    'constructor',
  ])('is for the id %j that it is not found, everywhere', async (id) => {
    for (const { id: operation, path } of client.operations.filter(({ path }) =>
      path.includes('{projectId}'),
    )) {
      const params = { projectId: id, runId: id, archive: 'latest', name: secret, scheduleId: 'x' }
      const call = { params, body: bodies[operation], query: queries[operation] ?? {} }
      const { status, body } = await as('admin', operation, call)
      expect([operation, path, status, body?.code]).toEqual([operation, path, 404, 'NOT_FOUND'])
    }
  })
})

describe('a request with an Idempotency-Key', () => {
  const adopt = async (key: string, envFile: string, role: Role = 'admin') =>
    as(role, 'adoptProject', { body: { envFile }, headers: { 'idempotency-key': key } })

  test('is done once, and answered again as before; another one with the same key is refused', async () => {
    const envFile = join(app.lab.folder, 'once.env')
    await writeFile(envFile, await readFile(app.lab.envFile('shop')), { mode: 0o600 })
    const first = await adopt('one', envFile)
    expect(first).toMatchObject({ status: 201, body: { id: 'once' } })
    expect(first.headers.get('location')).toBe('/api/v1/projects/once')
    const notes = app.database.select().from(audit).all().length
    const again = await adopt('one', envFile)
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(app.database.select().from(audit).all()).toHaveLength(notes)
    expect(await adopt('one', '/another.env')).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_USED' },
    })
    const [kept] = app.database.select().from(idempotentRequests).all()
    expect(kept?.sealedBody).not.toContain('once')
  })

  test('that failed may be sent again, and one whose end nobody knows is not done again', async () => {
    expect((await adopt('two', '/nowhere.env')).status).toBe(400)
    expect((await adopt('two', '/nowhere.env')).status).toBe(400)
    const [kept] = app.database.select().from(idempotentRequests).all()
    if (kept === undefined) throw new Error('None is kept.')
    app.database
      .insert(idempotentRequests)
      .values({ ...kept, key: 'three', status: null })
      .run()
    expect(await adopt('three', join(app.lab.folder, 'once.env'))).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_UNSETTLED' },
    })
  })

  test('is forgotten after a day', async () => {
    const old = new Date(Date.now() - 25 * 3_600_000)
    app.database.update(idempotentRequests).set({ at: old }).run()
    expect((await adopt('four', '/nowhere.env')).status).toBe(400)
    expect(app.database.select().from(idempotentRequests).all()).toEqual([])
  })
})

describe('how many requests a token may make', () => {
  test('stands in each answer', async () => {
    const { headers } = await as('viewer', 'getMe')
    expect(headers.get('ratelimit-policy')).toBe(`"default";q=${mostRequests};w=60`)
    expect(headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/)
  })

  test('is counted for each alone, and is full again after a minute', () => {
    const limit = rateLimit()
    for (let n = 0; n < mostRequests; n += 1) expect(limit.take('one', 1000).isSpent).toBe(false)
    expect(limit.take('one', 1000)).toMatchObject({ isSpent: true, seconds: 60 })
    expect(limit.take('two', 1000).isSpent).toBe(false)
    expect(limit.take('one', 61_000).isSpent).toBe(false)
  })
})

describe('the events of a run', () => {
  test('come from the beginning on, or after the one seen last, then as they are told', async () => {
    const state = join(app.lab.folder, 'state/supabase-backup/wiki')
    const running = await startRunning(state, 'wiki', 'run-of-wiki')
    try {
      await running.tell(...someEvents)
      await app.watch.lookNow()
      const follow = async (headers: Record<string, string> = {}) => {
        const params = { projectId: 'wiki', runId: 'run-of-wiki' }
        const response = await client.open('followRun', {
          params,
          headers: { ...bearers.viewer, ...headers },
        })
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
        if (reader === undefined) throw new Error('There is no stream.')
        let text = ''
        const upTo = async (id: number) => {
          while (!text.includes(`id: ${id}\n`)) {
            const { value, done } = await reader.read()
            if (done) throw new Error(text)
            text += value
          }
          return [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq))
        }
        return { upTo, end: () => reader.cancel() }
      }
      const all = await follow()
      expect(await all.upTo(7)).toEqual([1, 2, 3, 4, 5, 6, 7])
      const late = await follow({ 'last-event-id': '5' })
      expect(await late.upTo(7)).toEqual([6, 7])
      await running.tell({ type: 'phase', phase: 'components', state: 'end', seconds: 9 })
      await app.watch.lookNow()
      expect(await all.upTo(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(await late.upTo(8)).toEqual([6, 7, 8])
      await Promise.all([all.end(), late.end()])
    } finally {
      await running.stop()
    }
  })

  test('of one that has ended are that it has', async () => {
    const runId = (await as('viewer', 'listRuns', { params: { projectId: 'shop' } })).body.data[0].runId
    const response = await client.open('followRun', {
      params: { projectId: 'shop', runId },
      headers: bearers.viewer,
    })
    expect(await response.text()).toContain(
      `event: ended\ndata: ${JSON.stringify({ runId, state: 'ended', outcome: 'success' })}\n\n`,
    )
  })
})

describe('the reference', () => {
  test('stands on its page', async () => {
    await expect(referencePage(openApi(routes))).toMatchFileSnapshot(
      '../../../docs/reference/dashboard-api.md',
    )
  })
})
