import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSettings } from '../../../src/settings/files.ts'
import { parts } from '../../../src/settings/parts.ts'
import { openSettingsWorld, originRef, type SettingsWorld } from '../../helpers/settings.ts'

let world: SettingsWorld
beforeEach(async () => {
  world = await openSettingsWorld()
})
afterEach(() => world.stop())

async function textOf(generation: string): Promise<string> {
  const folder = join(generation, 'settings')
  const texts = (await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8'))
  return (await Promise.all(texts)).join('\n')
}

async function partOf(generation: string, name: string) {
  const { parts: saved } = await readSettings(generation)
  const part = saved.find((candidate) => candidate.name === name)
  if (part === undefined) throw new Error(`no ${name}`)
  return part
}

test('the backup has the settings of every route, those that nobody has set among them', async () => {
  Object.assign(world.origin.auth, { site_url: 'https://shop.example.com', jwt_exp: 7200 })
  world.origin.postgres = { max_connections: 120 }
  world.origin.customHostname = 'shop.example.com'
  const { generation, result } = await world.backUp(originRef)
  expect(result).toMatchObject({ status: 'complete', findings: [] })
  const { ref, parts: saved } = await readSettings(generation)
  expect(ref).toBe(originRef)
  expect(saved.map(({ name }) => name)).toEqual(parts.map(({ name }) => name))
  expect(await partOf(generation, 'auth')).toMatchObject({
    status: 'saved',
    values: { site_url: 'https://shop.example.com', jwt_exp: 7200, external_google_client_id: null },
  })
  expect((await partOf(generation, 'postgres')).values).toEqual({ max_connections: 120 })
  expect((await partOf(generation, 'custom-hostname')).values['custom_hostname']).toBe('shop.example.com')
  expect(await partOf(generation, 'sso')).toMatchObject({ status: 'absent' })
})

test('no secret gets into a backup, nor what the API shows in its place; those that are set are named', async () => {
  Object.assign(world.origin.auth, {
    smtp_pass: 'c4nary-smtp',
    external_google_secret: 'c4nary-google',
    hook_send_sms_secrets: 'v1,whsec_c4nary',
    hook_send_sms_uri: 'https://hooks.example.com/sms?token=c4nary-query',
    sms_test_otp: '15550001=c4nary-otp',
    external_keycloak_url: 'https://user:c4nary-userinfo@id.example.com',
    saml_enabled: true,
  })
  Object.assign(world.origin.postgrest, { jwt_secret: 'c4nary-jwt' })
  world.origin.rootKey = 'c4nary-root'
  world.origin.apiKeys = { anon: 'c4nary-anon', serviceRole: 'c4nary-role', secret: 'sb_secret_c4nary' }
  world.origin.thirdPartyAuth = [
    {
      ...{ id: 'one', type: 'custom', inserted_at: '', updated_at: '' },
      custom_jwks: { keys: [{ kty: 'oct', k: 'c4nary-key' }] },
    },
  ]
  const { generation, result } = await world.backUp(originRef)
  const text = await textOf(generation)
  expect(text).not.toContain('c4nary')
  expect(text).not.toMatch(/"[0-9a-f]{64}"/)
  expect(JSON.stringify(result)).not.toContain('c4nary')
  const found = result.findings.find(({ kind }) => kind === 'settings-secrets-left-out')
  expect(found?.names).toEqual([
    ...['external_google_secret', 'external_keycloak_url', 'hook_send_sms_secrets', 'hook_send_sms_uri'].map(
      (name) => `auth.${name}`,
    ),
    ...['auth.sms_test_otp', 'auth.smtp_pass', expect.stringContaining('third-party-auth.')],
  ])
})

describe('a route that fails', () => {
  test.each([
    [402, 'Payment required'],
    [403, 'Forbidden'],
    [500, 'Internal Server Error'],
    [404, 'Cannot GET'],
  ])('with %i takes only its own settings along: degraded, by its name', async (status, message) => {
    world.api.faults.push({ path: '/config/realtime', status, message, times: 3 })
    const { generation, result } = await world.backUp(originRef)
    expect(result).toMatchObject({
      status: 'degraded',
      findings: [{ severity: 'degraded', kind: 'settings-unread', names: ['realtime'] }],
    })
    expect(result.findings[0]?.message).toContain(String(status))
    expect(await partOf(generation, 'realtime')).toMatchObject({ status: 'unread', values: {} })
    expect(await partOf(generation, 'auth')).toMatchObject({ status: 'saved' })
  })

  test('keeps its last good copy, with the time of that, however often it fails', async () => {
    world.origin.realtime['max_concurrent_users'] = 77
    const first = await world.backUp(originRef)
    const { takenAt } = await partOf(first.generation, 'realtime')
    let previous = first.generation
    for (const _ of [1, 2]) {
      world.api.faults.push({ path: '/config/realtime', status: 500, times: 3 })
      const { generation, result } = await world.backUp(originRef, { previous })
      expect(result.status).toBe('degraded')
      expect(await partOf(generation, 'realtime')).toMatchObject({
        ...{ status: 'stale', takenAt },
        values: { max_concurrent_users: 77 },
      })
      previous = generation
    }
    // It counts among what there is: nothing has shrunk.
    const { result } = await world.backUp(originRef, { previous })
    expect(result.counts['settings']).toBe(first.result.counts['settings'])
  })

  test('says which right a token lacks for it', async () => {
    world.api.faults.push({ path: '/ssl-enforcement', status: 403 })
    const { result } = await world.backUp(originRef)
    expect(result.findings[0]?.message).toContain('database_ssl_config_read')
  })

  test('degrades no backup where it tells nothing that could be restored', async () => {
    world.api.faults.push({ path: '/config/disk', status: 403 })
    const { result } = await world.backUp(originRef)
    expect(result).toMatchObject({
      status: 'complete',
      findings: [{ severity: 'note', names: ['disk'] }],
    })
  })

  test('is not asked when the operator leaves it out', async () => {
    const { generation, result } = await world.backUp(originRef, { leftOut: ['realtime'] })
    expect(result.status).toBe('complete')
    expect(world.api.requests.join()).not.toContain('/config/realtime')
    expect(await partOf(generation, 'realtime')).toMatchObject({ status: 'left-out' })
  })

  test('whose answer has another shape is named, and nothing of it taken', async () => {
    Object.assign(world.origin, { networkRestrictions: 'none' })
    const { generation, result } = await world.backUp(originRef)
    expect(result.findings).toMatchObject([{ kind: 'settings-unread', names: ['network-restrictions'] }])
    expect(await partOf(generation, 'network-restrictions')).toMatchObject({ status: 'unread', values: {} })
  })
})

test('too many requests are waited for as long as the API says', async () => {
  world.api.faults.push({ path: '/config/auth', status: 429, headers: { 'x-ratelimit-reset': '0' } })
  const { result } = await world.backUp(originRef)
  expect(result).toMatchObject({ status: 'complete', counts: { retries: 1 } })
})

test('a token that expired, or may do nothing, fails the component with what to do', async () => {
  world.api.faults.push({ status: 401 })
  await expect(world.backUp(originRef)).rejects.toMatchObject({ code: 'API_TOKEN_REFUSED', exitCode: 78 })
  world.api.faults.length = 0
  await world.backUp(originRef)
  for (const { route } of parts.slice(0, -1).filter((part) => part.route !== ''))
    world.api.faults.push({ path: route, status: 403 })
  world.api.faults.push({ path: '/ssl-enforcement', status: 403 })
  await expect(world.backUp(originRef)).rejects.toMatchObject({ code: 'API_TOKEN_TOO_WEAK' })
})

test('a project that is paused is named as such', async () => {
  world.origin.status = 'INACTIVE'
  await expect(world.backUp(originRef)).rejects.toMatchObject({ code: 'PROJECT_PAUSED' })
})

describe('an API that has changed', () => {
  test('with a new setting: its name is noted, its value, which may be anything, is not kept', async () => {
    world.origin.auth['quantum_signing_material'] = 'c4nary'
    const { generation, result } = await world.backUp(originRef)
    expect(result).toMatchObject({
      status: 'complete',
      findings: [{ severity: 'note', kind: 'settings-unknown', names: ['auth.quantum_signing_material'] }],
    })
    expect(await textOf(generation)).not.toContain('c4nary')
  })

  test('with a renamed setting: the backup is degraded by its old name', async () => {
    world.origin.auth['site_address'] = world.origin.auth['site_url']
    delete world.origin.auth['site_url']
    const { result } = await world.backUp(originRef)
    expect(result.status).toBe('degraded')
    expect(result.findings.find(({ severity }) => severity === 'degraded')).toMatchObject({
      kind: 'settings-missing',
      names: ['auth.site_url'],
    })
  })

  test('with a setting less: degraded in the night that it goes, and not for ever', async () => {
    const { generation: previous } = await world.backUp(originRef)
    delete world.origin.auth['mfa_totp_enroll_enabled']
    const { generation, result } = await world.backUp(originRef, { previous })
    expect(result.findings).toMatchObject([{ severity: 'degraded', names: ['auth.mfa_totp_enroll_enabled'] }])
    expect((await world.backUp(originRef, { previous: generation })).result.status).toBe('complete')
  })
})
