import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ManagementApi, startManagementApi } from '../../../src/standin/management-api/server.ts'
import { readApiDescription } from '../../helpers/openapi.ts'

const token = `sbp_${'0123456789'.repeat(4)}`
const ref = 'abcdefghijklmnopqrst'
const project = `/v1/projects/${ref}`

const secret = 'sb_secret_0123456789abcdefghij'
const saml = {
  type: 'saml',
  metadata_xml: '<md:EntityDescriptor entityID="https://example.com/saml"></md:EntityDescriptor>',
  domains: ['example.com'],
}

let api: ManagementApi

beforeEach(async () => {
  api = await startManagementApi({ token })
  await api.add({
    ...{ ref, customHostname: 'shop.example.com', vanitySubdomain: 'shop.supabase.co' },
    apiKeys: { anon: 'anon', serviceRole: 'role', publishable: 'sb_publishable_x', secret },
  })
})
afterEach(() => api.stop())

const deviations = [
  " must have required property 'nimbus_oauth_email_optional'",
  '/password_required_characters must be equal to one of the allowed values',
]

const settingsSchema = z.record(z.string(), z.unknown())
const exchangeSchema = z.object({
  request: z.object({ method: z.string(), path: z.string(), body: z.unknown() }),
  response: z.object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
})

/** What was recorded of the real API's route below the project. */
async function recordedOf(method: string, route: string) {
  const text = await readFile(new URL('../../fixtures/management-exchanges.jsonl', import.meta.url), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => exchangeSchema.parse(JSON.parse(line)))
    .filter(
      ({ request }) => request.method === method && request.path === `/v1/projects/__PROJECT_REF__${route}`,
    )
}

interface Asked {
  body?: unknown
  form?: FormData
  headers?: Record<string, string>
}

async function ask(method: string, path: string, { body, form, headers }: Asked = {}) {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(form && { body: form }),
  })
  const text = await response.text()
  const json = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text }
}

function sources(slug: string, files: Record<string, string>, metadata = {}): FormData {
  const form = new FormData()
  const entrypoint = `supabase/functions/${slug}/index.ts`
  form.set('metadata', JSON.stringify({ entrypoint_path: entrypoint, name: slug, ...metadata }))
  for (const [path, text] of Object.entries(files)) form.append('file', new Blob([text]), path)
  return form
}

const hello = { 'supabase/functions/hello/index.ts': 'Deno.serve(() => new Response("hi"))\n' }

describe('answers of the stand-in', () => {
  test('are as the API’s description says, route by route', async () => {
    const description = await readApiDescription()
    const steps: [string, string, number, Asked?][] = [
      ['GET', '/v1/projects', 200],
      ['GET', project, 200],
      ['GET', `${project}/health?services=auth&services=db`, 200],
      ['GET', `${project}/readonly`, 200],
      ['GET', `${project}/config/database/pooler`, 200],
      ['POST', `${project}/cli/login-role`, 201, { body: { read_only: false } }],
      ['DELETE', `${project}/cli/login-role`, 200],
      ['POST', `${project}/network-bans/retrieve`, 201],
      ['GET', `${project}/api-keys`, 200],
      ['GET', `${project}/pgsodium`, 200],
      ['PUT', `${project}/pgsodium`, 200, { body: { root_key: 'ab'.repeat(32) } }],
      ['POST', `${project}/database/webhooks/enable`, 201],
      ['GET', `${project}/database/backups`, 200],
      ['POST', `${project}/functions/deploy?slug=hello`, 201, { form: sources('hello', hello) }],
      ['GET', `${project}/functions`, 200],
      ['GET', `${project}/functions/hello`, 200],
      ['DELETE', `${project}/functions/hello`, 200],
      ['POST', `${project}/secrets`, 201, { body: [{ name: 'KEY', value: 'value' }] }],
      ['GET', `${project}/secrets`, 200],
      ['DELETE', `${project}/secrets`, 200, { body: ['KEY'] }],
      ['GET', `${project}/config/auth`, 200],
      [
        'PATCH',
        `${project}/config/auth`,
        200,
        { body: { site_url: 'https://example.com', saml_enabled: true } },
      ],
      ['POST', `${project}/config/auth/sso/providers`, 201, { body: saml }],
      ['GET', `${project}/config/auth/sso/providers`, 200],
      ['POST', `${project}/config/auth/third-party-auth`, 201, { body: { oidc_issuer_url: 'https://a.b' } }],
      ['GET', `${project}/config/auth/third-party-auth`, 200],
      ['GET', `${project}/config/auth/signing-keys`, 200],
      ['GET', `${project}/api-keys?reveal=true`, 200],
      ['GET', `${project}/api-keys/legacy`, 200],
      ['GET', `${project}/custom-hostname`, 200],
      ['GET', `${project}/vanity-subdomain`, 200],
      ['GET', `${project}/config/disk`, 200],
      ['GET', `${project}/config/disk/autoscale`, 200],
      ['GET', `${project}/config/database/pgbouncer`, 200],
      ['PATCH', `${project}/config/database/pooler`, 200, { body: { default_pool_size: 25 } }],
      ['GET', `${project}/postgrest`, 200],
      ['PATCH', `${project}/postgrest`, 200, { body: { max_rows: 500 } }],
      ['GET', `${project}/config/storage`, 200],
      ['PATCH', `${project}/config/storage`, 200, { body: { fileSizeLimit: 1000 } }],
      ['GET', `${project}/config/realtime`, 200],
      ['PATCH', `${project}/config/realtime`, 204, { body: { max_concurrent_users: 5 } }],
      ['GET', `${project}/config/database/postgres`, 200],
      ['PUT', `${project}/config/database/postgres`, 200, { body: { max_connections: 200 } }],
      ['GET', `${project}/ssl-enforcement`, 200],
      ['PUT', `${project}/ssl-enforcement`, 200, { body: { requestedConfig: { database: true } } }],
      ['GET', `${project}/network-restrictions`, 200],
      ['POST', `${project}/network-restrictions/apply`, 201, { body: { dbAllowedCidrs: ['1.2.3.0/24'] } }],
    ]
    for (const [method, path, status, asked] of steps) {
      const answer = await ask(method, path, asked)
      expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBe(status)
      const described = description.problems(method, path.replace(/\?.*/, ''), status, answer.body)
      // The real API's own answers differ from the description in these two.
      const own = method !== 'PUT' && path.endsWith('/config/auth') ? deviations : []
      expect(described, `${method} ${path}`).toEqual(own)
    }
  })

  test('differ from the description where those recorded of the real API do', async () => {
    const description = await readApiDescription()
    const [recorded] = await recordedOf('GET', '/config/auth')
    expect(description.problems('GET', `${project}/config/auth`, 200, recorded?.response.body)).toEqual(
      deviations,
    )
  })

  test('that are not as described are noticed', async () => {
    const description = await readApiDescription()
    expect(description.problems('GET', `${project}/functions`, 200, [{ slug: 1 }])).not.toEqual([])
    expect(description.problems('GET', `${project}/functions`, 418, [])).not.toEqual([])
    expect(description.problems('GET', `${project}/nothing`, 200, [])).not.toEqual([])
  })

  test('are those recorded of the real API, but for what differs from project to project', async () => {
    const same: [string, string, number?][] = [
      ['GET', '/config/database/postgres', 1],
      ['GET', '/config/storage'],
      ['GET', '/database/backups'],
      ['GET', '/functions'],
      ['GET', '/secrets'],
      ['GET', '/ssl-enforcement', 1],
      ['GET', '/network-restrictions', 1],
      ['POST', '/network-bans/retrieve'],
      ['POST', '/database/webhooks/enable'],
      ['PUT', '/config/database/postgres', 4],
      ['PUT', '/ssl-enforcement'],
      ['POST', '/secrets'],
      ['DELETE', '/secrets'],
      ['POST', '/network-restrictions/apply'],
    ]
    for (const [method, route, pick = 0] of same) {
      const exchange = (await recordedOf(method, route))[pick]
      if (exchange === undefined) throw new Error(`${method} ${route} was not recorded`)
      const { request, response } = exchange
      const answer = await ask(
        method,
        `${project}${route}`,
        request.body === null ? {} : { body: request.body },
      )
      expect(answer.status, `${method} ${route}`).toBe(response.status)
      expect(answer.body || null, `${method} ${route}`).toEqual(response.body)
      expect(answer.headers.get('content-type')).toBe(response.headers['content-type'] ?? null)
      expect(answer.headers.get('x-ratelimit-limit')).toBe('120')
    }
  })

  test('have every setting of auth that the recording has', async () => {
    const [first] = await recordedOf('GET', '/config/auth')
    const answer = await ask('GET', `${project}/config/auth`)
    expect(Object.keys(answer.body).toSorted()).toEqual(
      Object.keys(settingsSchema.parse(first?.response.body)).toSorted(),
    )
  })

  test('never show a secret that was set', async () => {
    await ask('PATCH', `${project}/config/auth`, {
      body: { smtp_pass: 'canary-pass', external_apple_secret: 'canary-apple' },
    })
    await ask('POST', `${project}/secrets`, { body: [{ name: 'CANARY', value: 'canary-value' }] })
    const shown = [await ask('GET', `${project}/config/auth`), await ask('GET', `${project}/secrets`)]
    expect(JSON.stringify(shown)).not.toContain('canary-')
    expect(shown[0]?.body.smtp_pass).toMatch(/^[0-9a-f]{64}$/)
  })

  test('refuse what the API refuses', async () => {
    expect(
      (await ask('GET', `${project}/functions`, { headers: { authorization: 'Bearer other' } })).status,
    ).toBe(401)
    expect((await ask('GET', '/v1/projects/zzzzzzzzzzzzzzzzzzzz')).status).toBe(404)
    expect(await ask('PUT', `${project}/pgsodium`, { body: { root_key: '' } })).toMatchObject({
      status: 400,
      body: { message: 'Expected a 32 byte secret, hex-encoded (64 characters).' },
    })
    expect(
      (await ask('POST', `${project}/secrets`, { body: [{ name: 'SUPABASE_X', value: '' }] })).status,
    ).toBe(400)
    const wrong = sources('hello', { 'supabase/functions/hello/other.ts': '' })
    expect(await ask('POST', `${project}/functions/deploy?slug=hello`, { form: wrong })).toMatchObject({
      status: 400,
      body: { message: 'Entrypoint path does not exist' },
    })
    expect((await ask('GET', `${project}/config/auth/sso/providers`)).status).toBe(404)
  })
})

test('a secret key is shown whole only where that is asked for', async () => {
  expect(JSON.stringify((await ask('GET', `${project}/api-keys`)).body)).not.toContain(secret)
  expect(JSON.stringify((await ask('GET', `${project}/api-keys?reveal=true`)).body)).toContain(secret)
})

test('providers of SAML are made, changed and removed one by one, each entity once', async () => {
  await ask('PATCH', `${project}/config/auth`, { body: { saml_enabled: true } })
  const route = `${project}/config/auth/sso/providers`
  const made = await ask('POST', route, { body: saml })
  expect(made.body).toMatchObject({ saml: { entity_id: 'https://example.com/saml' } })
  expect((await ask('POST', route, { body: saml })).status).toBe(422)
  await ask('PUT', `${route}/${made.body.id}`, { body: { domains: ['new.example.com'] } })
  expect((await ask('GET', `${route}/${made.body.id}`)).body.domains).toMatchObject([
    { domain: 'new.example.com' },
  ])
  expect((await ask('DELETE', `${route}/${made.body.id}`)).status).toBe(200)
  expect((await ask('GET', `${route}/${made.body.id}`)).status).toBe(404)
})

test('an issuer whose tokens are believed is made and removed', async () => {
  const route = `${project}/config/auth/third-party-auth`
  const made = await ask('POST', route, { body: { oidc_issuer_url: 'https://login.example.com' } })
  expect((await ask('GET', `${route}/${made.body.id}`)).body.oidc_issuer_url).toBe(
    'https://login.example.com',
  )
  expect((await ask('DELETE', `${route}/${made.body.id}`)).status).toBe(200)
  expect((await ask('GET', route)).body).toEqual([])
})

test('a function that was only bundled is there once the PUT took it up', async () => {
  const bundled = await ask('POST', `${project}/functions/deploy?slug=hello&bundleOnly=true`, {
    form: sources('hello', hello),
  })
  expect((await ask('GET', `${project}/functions`)).body).toEqual([])
  expect((await ask('PUT', `${project}/functions`, { body: [bundled.body] })).status).toBe(200)
  const body = await ask('GET', `${project}/functions/hello/body`, {
    headers: { accept: 'multipart/form-data' },
  })
  expect(body.body).toContain('new Response("hi")')
})
