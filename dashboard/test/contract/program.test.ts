import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canary, type Lab, makeLab, monthOf } from '../helpers/lab.ts'
import { type RunningDashboard, runCommand, startDashboard } from '../helpers/server.ts'

let lab: Lab
let board: RunningDashboard
beforeAll(async () => {
  lab = await makeLab()
  await lab.addProject('shop', monthOf('shop'))
  board = await startDashboard(lab)
})
afterAll(async () => {
  await board.stop()
  await lab.remove()
})

const own = { 'sec-fetch-site': 'same-origin' }

describe('the command', () => {
  test('prints the first-run link, and keeps its files to itself', async () => {
    expect(board.link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/set-up#[\w-]{43}$/)
    for (const name of ['dashboard.sqlite', 'dashboard.sqlite-wal', 'key', 'lock'])
      expect([name, (await stat(join(lab.directory, name))).mode & 0o777]).toEqual([name, 0o600])
    expect((await stat(lab.directory)).mode & 0o777).toBe(0o700)
  })

  test('refuses to serve a directory a second time, and makes users of it meanwhile', async () => {
    const second = await runCommand(lab, ['--port', '0'])
    expect(second).toMatchObject({ code: 1, errors: expect.stringContaining('[DASHBOARD_RUNNING]') })
    const made = await runCommand(
      lab,
      ['user', 'create', '--email', 'Ops@Example.com', '--role', 'admin'],
      'four odd words\n',
    )
    expect(made).toEqual({ code: 0, output: 'ops@example.com may sign in, as admin.\n', errors: '' })
    const again = await runCommand(
      lab,
      ['user', 'create', '--email', 'ops@example.com', '--role', 'viewer'],
      'four odd words\n',
    )
    expect(again).toMatchObject({ code: 1, errors: expect.stringContaining('[USER_EXISTS]') })
  })

  test.each([
    [['user', 'create', '--email', 'x@example.com', '--role', 'owner']],
    [['user', 'create', '--email', 'no address', '--role', 'viewer']],
    [['user', 'create', '--role', 'viewer']],
    [['token', 'create', '--name', 'x', '--role', 'viewer', '--expires', '9999d']],
    [['--port', '70000']],
    [['--no-such-flag']],
    [['dance']],
    [['--url', 'javascript:alert(1)']],
  ])('%j is wrong usage', async (args) => {
    const { code, errors } = await runCommand(lab, args, 'four odd words\n')
    expect(code).toBe(2)
    expect(errors).toContain('[USAGE]')
  })

  test('takes the proxy of alerts from its environment, and does not say what is no address', async () => {
    const own = (ALERTS_PROXY: string) => ({
      directory: join(lab.folder, 'by-proxy'),
      environment: { ...lab.environment, ALERTS_PROXY },
    })
    const wrong = await runCommand(own(canary), ['--port', '0'])
    expect(wrong).toMatchObject({ code: 2, errors: expect.stringContaining('ALERTS_PROXY') })
    expect(wrong.errors).not.toContain(canary)
    const withPath = await runCommand(own(`http://127.0.0.1:1/${canary}`), ['--port', '0'])
    expect(withPath).toMatchObject({ code: 2, errors: expect.stringContaining('host and port alone') })
    expect(withPath.errors).not.toContain(canary)
    const proxied = await startDashboard(own('http://127.0.0.1:1'))
    const { output } = await runCommand(own(''), ['token', 'create', '--name', 'x', '--role', 'admin'])
    const post = async (path: string, body?: object) => {
      const headers = { authorization: `Bearer ${output.trim()}`, 'content-type': 'application/json' }
      const sent = { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) }
      return (await fetch(`${proxied.url}/api/v1/alerts/channels${path}`, sent)).json()
    }
    const channel = { kind: 'webhook', url: 'https://hooks.example.com/' }
    const { id } = await post('', { name: 'x', channel })
    expect(await post(`/${id}/tests`)).toMatchObject({ answer: expect.stringMatching(/^the proxy 127/) })
    await proxied.stop()
  })

  test('says whether the audit is as it was written', async () => {
    expect(await runCommand(lab, ['audit', 'check'])).toMatchObject({ code: 0, errors: '' })
  })
})

describe('the server', () => {
  const call = (path: string, init: RequestInit = {}) => fetch(`${board.url}${path}`, init)

  test('takes a token for what its role may do, and a wrong one for nothing', async () => {
    const { output } = await runCommand(lab, ['token', 'create', '--name', 'ci', '--role', 'viewer'])
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    const list = await call('/api/trpc/projects.list', as(output.trim()))
    expect(list.status).toBe(200)
    expect(await list.text()).not.toContain(canary)
    expect((await call('/api/trpc/projects.list', as('sbd_wrong'))).status).toBe(401)
    const start = await call('/api/trpc/runs.start', {
      method: 'POST',
      headers: { ...as(output.trim()).headers, 'content-type': 'application/json' },
      body: JSON.stringify({ projectId: 'shop', options: { kind: 'backup' } }),
    })
    expect(start.status).toBe(403)
  })

  test('sends a page with a nonce of its own each time, and nothing that lets another script in', async () => {
    const pages = await Promise.all([call('/'), call('/sign-in'), call('/no-such-page')])
    const nonces = pages.map(
      ({ headers }) => /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1],
    )
    expect(new Set(nonces).size).toBe(3)
    for (const [index, page] of pages.entries()) {
      const html = await page.text()
      for (const [tag] of html.matchAll(/<script[^>]*>/g)) expect(tag).toMatch(`nonce="${nonces[index]}"`)
      expect(html).not.toMatch(/ on\w+="/)
      expect(page.headers.get('content-security-policy')).not.toContain('unsafe')
      expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    }
    const given = await call('/', { headers: { 'x-page-nonce': 'mine' } })
    expect(await given.text()).not.toContain('mine"')
  })

  test('refuses what another site sends, and what is sent to another name', async () => {
    const body = JSON.stringify({ email: 'ops@example.com', password: 'four odd words' })
    const signIn = (headers: Record<string, string>) =>
      call('/api/trpc/session.signIn', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      })
    expect((await signIn({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await signIn({})).status).toBe(403)
    const signedIn = await signIn(own)
    expect(signedIn.status).toBe(200)
    expect(signedIn.headers.get('set-cookie')).toMatch(
      /^dashboard-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    )
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await call('/api/trpc/projects.list', { headers: { ...own, cookie } })).status).toBe(200)
    expect(
      (await call('/api/trpc/projects.list', { headers: { cookie, 'sec-fetch-site': 'cross-site' } })).status,
    ).toBe(403)
    const out = { method: 'POST', headers: { cookie, origin: 'https://evil.example' } }
    expect((await call('/api/trpc/session.signOut', out)).status).toBe(403)
    expect((await call('/api/trpc/projects.list', { headers: { ...own, cookie } })).status).toBe(200)
  })

  test('has a bound to what it takes in, and says nothing of how it is made', async () => {
    const post = (body: string) =>
      call('/api/trpc/session.signIn', {
        method: 'POST',
        body,
        headers: { ...own, 'content-type': 'application/json' },
      })
    for (const body of ['{', '[]', '{"email": 1}', '"\u0000"']) {
      const text = await (await post(body)).text()
      expect(text).not.toMatch(/\.ts|\.js|node_modules|stack/i)
      expect(text).toContain('suggestion')
    }
    for (const path of [
      '/assets/..%2f..%2fpackage.json',
      '/assets/%2e%2e/program/cli.js',
      '/api/trpc/__proto__',
      '/api/nothing',
    ])
      expect([path, (await call(path, { headers: own })).status]).toEqual([path, 404])
    // It is refused, or the connection is gone before all is sent.
    const large = await post('x'.repeat(3 << 20)).catch(() => undefined)
    expect(large?.status ?? 413).toBe(413)
  })

  test('takes the word of a header on where a client is from nobody', async () => {
    const signIn = (address: string) =>
      call('/api/trpc/session.signIn', {
        method: 'POST',
        body: JSON.stringify({ email: 'guessed@example.com', password: 'x' }),
        headers: { ...own, 'content-type': 'application/json', 'x-forwarded-for': address },
      })
    const statuses: number[] = []
    for (let n = 0; n < 11; n += 1) statuses.push((await signIn(`198.51.100.${n}`)).status)
    expect(statuses.at(-1)).toBe(429)
  })

  test('streams events to who has signed in alone', async () => {
    expect((await call('/api/events', { headers: own })).status).toBe(401)
    const { output } = await runCommand(lab, ['token', 'create', '--name', 'stream', '--role', 'viewer'])
    const end = new AbortController()
    const stream = await call('/api/events', {
      headers: { authorization: `Bearer ${output.trim()}` },
      signal: end.signal,
    })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    await lab.addProject('later', monthOf('later'))
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk)
      if (text.includes('"later"')) break
    }
    end.abort()
    expect(text).toContain('"type":"changed"')
  })
})
