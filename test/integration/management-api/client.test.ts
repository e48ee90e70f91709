import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { auth } from '../../../src/auth/component.ts'
import { redact } from '../../../src/common/redact.ts'
import { settingsSchema } from '../../../src/config/variables.ts'
import type { HttpClient } from '../../../src/http/client.ts'
import { createManagementClient } from '../../../src/management-api/client.ts'
import { createLoginRole } from '../../../src/management-api/login-role.ts'
import { projectPath, requireAwake } from '../../../src/management-api/project.ts'
import { revealSecretKey } from '../../../src/management-api/secret-key.ts'
import { findSessionPooler } from '../../../src/management-api/session-pooler.ts'
import { authOf, openTarget, storageOf } from '../../../src/project/project.ts'
import type { ProjectState } from '../../../src/standin/management-api/project-state.ts'
import { type ManagementApi, startManagementApi } from '../../../src/standin/management-api/server.ts'

const token = `sbp_${'0123456789'.repeat(4)}`
const ref = 'abcdefghijklmnopqrst'
const domain = 'supabase.com'

let api: ManagementApi
let project: ProjectState
let client: HttpClient
let logins: string[]
const retried: string[] = []

function open(withToken = token): HttpClient {
  return createManagementClient({
    endpoint: { url: api.url, token: withToken },
    retry: { retries: 3, minTimeoutMs: 1, maxTimeoutMs: 1 },
    onRetry: ({ message }) => retried.push(message),
  })
}

beforeEach(async () => {
  logins = []
  retried.length = 0
  api = await startManagementApi({
    token,
    grantLogin: async ({ role }) => {
      logins.push(role)
    },
  })
  project = await api.add({ ref, name: 'shop' })
  client = open()
})
afterEach(async () => {
  await client.close()
  await api.stop()
})

describe('a project', () => {
  test('that is awake is told', async () => {
    expect(await requireAwake(client, ref)).toMatchObject({ ref, name: 'shop', status: 'ACTIVE_HEALTHY' })
  })

  test.each([
    ['INACTIVE', 'PROJECT_PAUSED'],
    ['PAUSING', 'PROJECT_PAUSED'],
    ['COMING_UP', 'PROJECT_NOT_READY'],
    ['REMOVED', 'PROJECT_NOT_READY'],
  ])('that is %s ends the run with %s', async (status, code) => {
    project.status = status
    await expect(requireAwake(client, ref)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(ref),
    })
  })

  test('that nobody knows, or a token that is wrong, is said as such', async () => {
    await expect(requireAwake(client, 'zzzzzzzzzzzzzzzzzzzz')).rejects.toMatchObject({
      code: 'PROJECT_NOT_FOUND',
    })
    const other = open('sbp_wrong')
    await expect(requireAwake(other, ref)).rejects.toMatchObject({ code: 'API_TOKEN_REFUSED', exitCode: 78 })
    await other.close()
    api.faults.push({ status: 403 })
    await expect(requireAwake(client, ref)).rejects.toMatchObject({ code: 'API_TOKEN_TOO_WEAK' })
  })

  test('whose name in an address would lead elsewhere is asked for as it is', async () => {
    expect(projectPath('../../other')).toBe('/v1/projects/..%2F..%2Fother')
  })
})

describe('an answer', () => {
  test('of too many requests is waited for as long as the API says', async () => {
    api.faults.push({ status: 429, times: 2, headers: { 'x-ratelimit-reset': '0' } })
    await requireAwake(client, ref)
    expect(retried).toHaveLength(2)
  })

  test('that fails for a while, or is cut off, is asked for again', async () => {
    api.faults.push({ status: 500 }, { status: 0, cut: true })
    await requireAwake(client, ref)
    expect(retried).toHaveLength(2)
  })

  test('that never comes ends the run with what to look at', async () => {
    api.faults.push({ status: 503, times: 10 })
    await expect(requireAwake(client, ref)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
  })

  test('with a list of messages tells them all, and never the token', async () => {
    const failing = client.call({ method: 'POST', path: projectPath(ref, '/cli/login-role') }, z.unknown())
    const error = await failing.catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('400')
    expect(JSON.stringify(error) + String(error)).not.toContain(token)
  })
})

describe('the session pooler', () => {
  test('is on the port of sessions, for roles of this project', async () => {
    expect(await findSessionPooler(client, { ref, domain })).toEqual({
      host: 'aws-0-us-east-1.pooler.supabase.com',
      port: 5432,
      database: 'postgres',
      userSuffix: `.${ref}`,
    })
  })

  test.each([
    ['of another project', { user: 'postgres.zzzzzzzzzzzzzzzzzzzz' }],
    ['of another domain', { host: 'aws-0.pooler.supabase.com.evil.example' }],
    ['of a domain that only ends alike', { host: 'evilsupabase.com' }],
  ])('%s is not believed', async (_, change) => {
    Object.assign(project.pooler, change)
    await expect(findSessionPooler(client, { ref, domain })).rejects.toMatchObject({
      code: 'POOLER_UNTRUSTED',
    })
  })
})

test('a login role is made for writing, and told with when it ends', async () => {
  const before = Date.now()
  const login = await createLoginRole(client, ref)
  expect(login).toMatchObject({ role: 'cli_login_postgres', password: expect.any(String) })
  expect(login.expiresAt).toBeGreaterThanOrEqual(before + 300_000)
  expect(logins).toEqual(['cli_login_postgres'])
})

describe('the key that reads Storage and the users', () => {
  const ask = () => revealSecretKey({ endpoint: { url: api.url, token }, ref })

  test('is a secret key, else the legacy one of service_role', async () => {
    expect(await ask()).toBe(project.apiKeys.serviceRole)
    project.apiKeys.secret = 'sb_secret_0123456789abcdefghijklmnop'
    expect(await ask()).toBe('sb_secret_0123456789abcdefghijklmnop')
    expect(redact(`with ${project.apiKeys.secret}`)).not.toContain('sb_secret')
  })

  test('is asked for where none is set, and only then', async () => {
    const settings = { PROJECT_REF: ref, ACCESS_TOKEN: token, API_URL: api.url }
    const url = `https://${ref}.supabase.co/auth/v1`
    const { serviceRole: serviceRoleKey } = project.apiKeys
    expect(await authOf(openTarget(settings))).toEqual({ url, serviceRoleKey })
    expect(await storageOf(openTarget(settings))).toMatchObject({ serviceRoleKey })
    const own = { url, serviceRoleKey: 'own' }
    expect(await authOf(openTarget({ ...settings, SERVICE_ROLE_KEY: 'own' }))).toEqual(own)
    const missing = (values: Record<string, string>) =>
      auth.configuration.missing(settingsSchema.parse({ SUPABASE_PROJECT_REF: ref, ...values }))
    expect(missing({ SUPABASE_ACCESS_TOKEN: token })).toBeUndefined()
    expect(missing({})).toMatchObject({ code: 'AUTH_MISSING' })
  })

  test('that the token may not see is said as such', async () => {
    api.faults.push({ status: 403 })
    await expect(ask()).rejects.toMatchObject({ code: 'API_TOKEN_TOO_WEAK' })
    project.apiKeys.serviceRole = ''
    await expect(ask()).rejects.toMatchObject({ code: 'API_KEY_UNKNOWN', exitCode: 78 })
  })
})
