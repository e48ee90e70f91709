import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startManagementTarget } from '../../../src/drill/management-target.ts'
import { compareBackups } from '../../../src/settings/diff.ts'
import { readApiDescription } from '../../helpers/openapi.ts'
import {
  openSettingsWorld,
  originRef,
  progressInMemory,
  type SettingsWorld,
  targetRef,
} from '../../helpers/settings.ts'

let world: SettingsWorld
beforeEach(async () => {
  world = await openSettingsWorld()
})
afterEach(() => world.stop())

const metadata =
  '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://id.example.com/saml"/>'

/** Something else than a new project has, in every part that can be written. */
function furnish(): void {
  const { origin } = world
  Object.assign(origin.auth, {
    ...{ site_url: 'https://shop.example.com', jwt_exp: 7200, mailer_autoconfirm: true, saml_enabled: true },
    mailer_templates_recovery_content: '<p>\n{{ .Token }} → ✓</p>',
  })
  Object.assign(origin.postgrest, { db_schema: 'public,api', max_rows: 50, db_pool: 20 })
  origin.storage = {
    ...origin.storage,
    fileSizeLimit: 1_000_000,
    features: {
      ...Object(origin.storage['features']),
      s3Protocol: { enabled: false },
      icebergCatalog: { enabled: false, maxNamespaces: 10, maxTables: 3, maxCatalogs: 2 },
    },
  }
  Object.assign(origin.realtime, { max_concurrent_users: 500, presence_enabled: true })
  origin.postgres = { max_connections: 120, statement_timeout: '8s' }
  origin.poolerSettings.default_pool_size = 25
  origin.networkRestrictions = { dbAllowedCidrs: ['203.0.113.0/24'], dbAllowedCidrsV6: [] }
  origin.sslEnforced = true
  origin.ssoProviders = [
    {
      id: 'one',
      saml: { id: 'two', entity_id: 'https://id.example.com/saml', metadata_xml: metadata },
      domains: [{ id: 'three', domain: 'example.com', created_at: '', updated_at: '' }],
      ...{ created_at: '', updated_at: '' },
    },
  ]
  origin.thirdPartyAuth = [
    {
      ...{ id: 'one', type: 'oidc', inserted_at: '', updated_at: '' },
      oidc_issuer_url: 'https://login.example.com',
    },
  ]
}

async function restore(generation: string, options = {}, ref = targetRef) {
  const opened = await world.open(generation, ref, options)
  const progress = progressInMemory()
  try {
    const result = await opened.restore(progress)
    const verification = await opened.verify(progress, false)
    const finished = (await opened.finish?.(progress)) ?? []
    return { result, verification, finished }
  } finally {
    await opened.close()
  }
}

async function preview(generation: string, options = {}) {
  const opened = await world.open(generation, targetRef, options)
  try {
    const { document, lines } = await opened.preview({ rows: {}, findings: [] })
    return { changes: document['changes'], lines: lines(Number.POSITIVE_INFINITY), short: lines(2) }
  } finally {
    await opened.close()
  }
}

test('a restore makes the settings of the target those of the backup, in words that the description allows', async () => {
  furnish()
  const { generation } = await world.backUp(originRef)
  const { result, verification, finished } = await restore(generation)
  expect(result.status).toBe('complete')
  expect(finished).toEqual([])
  expect(verification).toMatchObject({ ok: true, differences: [] })
  expect(verification?.counts['settingsCompared']).toBeGreaterThan(200)
  const { origin, target } = world
  const of = ({ auth, postgrest: { jwt_secret: _, ...postgrest }, ...project }: typeof origin) => ({
    ...{ auth, postgrest, storage: project.storage, realtime: project.realtime, postgres: project.postgres },
    ...{ pooler: project.poolerSettings, network: project.networkRestrictions, ssl: project.sslEnforced },
    sso: project.ssoProviders.map(({ saml, domains }) => [
      saml.entity_id,
      saml.metadata_xml,
      domains[0]?.domain,
    ]),
    issuers: project.thirdPartyAuth.map(({ oidc_issuer_url: url }) => url),
  })
  expect(of(target)).toEqual(of(origin))
  const description = await readApiDescription()
  expect(world.api.sent.length).toBeGreaterThan(8)
  for (const { request, body } of world.api.sent) {
    const [method = '', path = ''] = request.split(' ')
    expect(description.requestProblems(method, path, body), request).toEqual([])
  }
  expect((await preview(generation)).changes).toEqual([])
})

test('a setting of which the backup knows nothing stays as the target has it, and is named', async () => {
  delete world.origin.auth['site_url']
  delete Object(world.origin.storage['features'])['s3Protocol']
  const { generation } = await world.backUp(originRef)
  const own = { url: 'https://own.example.com', s3: { enabled: true } }
  world.target.auth['site_url'] = own.url
  Object(world.target.storage['features'])['s3Protocol'] = own.s3
  const { result, verification } = await restore(generation)
  expect({
    url: world.target.auth['site_url'],
    s3: Object(world.target.storage['features'])['s3Protocol'],
  }).toEqual(own)
  expect(result.findings).toContainEqual(
    expect.objectContaining({
      kind: 'settings-unknown-then',
      names: ['auth.site_url', 'storage.features.s3Protocol.enabled'],
    }),
  )
  expect(result.findings.map(({ kind }) => kind)).not.toContain('settings-not-unset')
  expect(verification).toMatchObject({ ok: true, differences: [] })
})

test('an issuer that the API refuses in another form stays as it was at the target', async () => {
  const issuer = (jwks: string) => ({
    ...{ id: 'one', type: 'oidc', inserted_at: '', updated_at: '' },
    ...{ oidc_issuer_url: 'https://login.example.com', jwks_url: jwks },
  })
  world.origin.thirdPartyAuth = [issuer('https://login.example.com/new')]
  const { generation } = await world.backUp(originRef)
  world.target.thirdPartyAuth = [issuer('https://login.example.com/old')]
  world.api.faults.push({ method: 'POST', path: '/third-party-auth', status: 400, message: 'no' })
  const { result } = await restore(generation)
  expect(result.findings).toContainEqual(
    expect.objectContaining({
      kind: 'settings-refused',
      names: ['third-party-auth.https://login.example.com'],
    }),
  )
  expect(world.target.thirdPartyAuth.map(({ jwks_url: url }) => url)).toEqual([
    'https://login.example.com/old',
  ])
})

test('a comparison notices a setting that is not as the backup has it', async () => {
  furnish()
  const { generation } = await world.backUp(originRef)
  const opened = await world.open(generation, targetRef)
  const progress = progressInMemory()
  await opened.restore(progress)
  world.target.auth['site_url'] = 'https://elsewhere.example.com'
  world.target.thirdPartyAuth = []
  const found = await opened.verify(progress, false)
  await opened.close()
  expect(found).toMatchObject({
    ok: false,
    counts: { differences: 2 },
    differences: [
      {
        name: 'auth.site_url',
        expected: '"https://shop.example.com"',
        actual: '"https://elsewhere.example.com"',
      },
      { name: 'third-party-auth.https://login.example.com', actual: null },
    ],
  })
})

test('what may cut off the way to the target is written last, and looked at again', async () => {
  furnish()
  const { generation } = await world.backUp(originRef)
  await restore(generation)
  const written = world.api.requests.filter((request) => !request.startsWith('GET'))
  expect(written.slice(-2)).toEqual([
    `POST /v1/projects/${targetRef}/network-restrictions/apply`,
    `PUT /v1/projects/${targetRef}/ssl-enforcement`,
  ])
  world.target.sslEnforced = false
  world.api.faults.push({ path: '/ssl-enforcement', method: 'PUT', status: 200 })
  expect((await restore(generation)).finished).toMatchObject([
    { severity: 'degraded', kind: 'settings-differ', names: ['ssl-enforcement.database: false'] },
  ])
})

test('a restore of all that differs in nothing writes nothing', async () => {
  furnish()
  const { generation } = await world.backUp(originRef)
  await restore(generation, {}, originRef)
  expect(world.api.sent).toEqual([])
})

describe('a preview', () => {
  test('shows each setting as it is and as it would be, and writes nothing', async () => {
    furnish()
    const { generation } = await world.backUp(originRef)
    const { lines, short } = await preview(generation)
    expect(lines).toContain('    ~ auth.site_url: "http://localhost:3000" → "https://shop.example.com"')
    expect(lines).toContain('    + postgres.max_connections: 120')
    expect(lines).toContain(
      '    + third-party-auth.https://login.example.com: {"oidc_issuer_url":"https://login.example.com"}',
    )
    expect(lines).toContain('    ~ ssl-enforcement.database: false → true')
    expect(short.join('\n')).toMatch(/and \d+ more: see restore\.sh --preview/)
    expect(world.api.sent).toEqual([])
  })
})

describe('chosen settings', () => {
  test('are restored alone, one by one or by route', async () => {
    furnish()
    const { generation } = await world.backUp(originRef)
    const flags = { setting: ['auth.site_url', 'postgrest'] }
    const { verification } = await restore(generation, { flags })
    expect(verification).toMatchObject({ ok: true, counts: { settingsCompared: 5 } })
    expect(world.target.auth).toMatchObject({ site_url: 'https://shop.example.com', jwt_exp: 3600 })
    expect(world.target.postgrest['max_rows']).toBe(50)
    expect(world.target.realtime['max_concurrent_users']).toBe(null)
    expect(world.target.sslEnforced).toBe(false)
  })

  test('that the backup does not have are refused with the name that was meant', async () => {
    const { generation } = await world.backUp(originRef)
    await expect(
      world.open(generation, targetRef, { flags: { setting: ['auth.site_uri'] } }),
    ).rejects.toMatchObject({
      code: 'SETTING_UNKNOWN',
      exitCode: 2,
      suggestion: expect.stringContaining('auth.site_url'),
    })
  })
})

describe('secrets', () => {
  test('of the target stay, and what needs one that it lacks waits for it', async () => {
    Object.assign(world.origin.auth, {
      ...{ external_google_enabled: true, external_google_client_id: 'id', external_google_secret: 'canary' },
      ...{ external_github_enabled: true, external_github_client_id: 'id', external_github_secret: 'canary' },
      ...{ smtp_host: 'smtp.example.com', smtp_pass: 'canary' },
    })
    world.target.auth['external_github_secret'] = 'own'
    const { generation } = await world.backUp(originRef)
    const { result, verification } = await restore(generation)
    expect(verification?.ok).toBe(true)
    expect(world.target.auth).toMatchObject({
      ...{ external_google_enabled: false, external_google_client_id: 'id', external_google_secret: null },
      ...{ external_github_enabled: true, external_github_secret: 'own', smtp_host: null, smtp_pass: null },
    })
    const found = (kind: string) => result.findings.find((finding) => finding.kind === kind)
    expect(found('settings-need-secret')).toMatchObject({
      severity: 'manual',
      names: [
        'auth.external_google_enabled (auth.external_google_secret)',
        'auth.smtp_host (auth.smtp_pass)',
      ],
    })
    expect(found('settings-secrets-unset')?.names).toEqual(['auth.external_google_secret', 'auth.smtp_pass'])
    expect(found('settings-secrets-own')?.names).toEqual(['auth.external_github_secret'])
    // Once the secret is set, the same restore brings the rest.
    world.target.auth['external_google_secret'] = 'own'
    await restore(generation)
    expect(world.target.auth['external_google_enabled']).toBe(true)
  })

  test('what is left to be done by hand is listed: domain, keys, signing keys', async () => {
    world.origin.customHostname = 'shop.example.com'
    const { generation } = await world.backUp(originRef)
    const { result } = await restore(generation)
    expect(result.findings.map(({ kind, severity }) => [kind, severity])).toEqual([
      ['settings-domain', 'manual'],
      ['settings-keys', 'manual'],
      ['settings-signing-keys', 'manual'],
    ])
    // The project itself has them still.
    expect((await restore(generation, {}, originRef)).result.findings).toEqual([])
  })
})

describe('an API that does not take everything', () => {
  test('is given the rest: a setting that it no longer knows is named', async () => {
    furnish()
    const { generation } = await world.backUp(originRef)
    delete world.target.auth['jwt_exp']
    const { result, verification } = await restore(generation)
    expect(result.findings.filter(({ severity }) => severity === 'degraded')).toMatchObject([
      { kind: 'settings-refused', names: ['auth.jwt_exp'] },
    ])
    expect(verification?.ok).toBe(true)
    expect(world.target.auth).toMatchObject({
      site_url: 'https://shop.example.com',
      mailer_autoconfirm: true,
    })
  })

  test('by a right that the token lacks: its route is named, the others are restored', async () => {
    furnish()
    const { generation } = await world.backUp(originRef)
    world.api.faults.push({ method: 'PATCH', path: '/config/realtime', status: 403, times: 9 })
    const { result, verification } = await restore(generation)
    expect(result.status).toBe('degraded')
    expect(result.findings[0]).toMatchObject({ kind: 'settings-refused' })
    expect(result.findings[0]?.message).toContain('realtime_config_write')
    expect(verification?.ok).toBe(true)
    expect(world.target.postgres).toEqual(world.origin.postgres)
  })

  test('has no way to take some settings back, which is said', async () => {
    const { generation } = await world.backUp(originRef)
    Object.assign(world.target.realtime, { max_concurrent_users: 3 })
    world.target.auth['external_google_client_id'] = 'other'
    const { result, verification } = await restore(generation)
    expect(result.findings).toContainEqual(
      expect.objectContaining({ kind: 'settings-not-unset', names: ['realtime.max_concurrent_users'] }),
    )
    expect(world.target.auth['external_google_client_id']).toBe(null)
    expect(verification?.ok).toBe(true)
  })

  test('whose answer got lost makes nothing twice', async () => {
    furnish()
    const { generation } = await world.backUp(originRef)
    world.api.faults.push({ method: 'PATCH', path: '/config/auth', status: 0, cut: true })
    await restore(generation)
    expect(world.target.thirdPartyAuth).toHaveLength(1)
    expect(world.target.auth['site_url']).toBe('https://shop.example.com')
  })
})

test('settings that PostgreSQL only takes up at its start are named, and nothing is restarted', async () => {
  furnish()
  const { generation } = await world.backUp(originRef)
  const { result } = await restore(generation)
  expect(result.findings).toContainEqual(
    expect.objectContaining({ kind: 'settings-restart', names: ['postgres.max_connections'] }),
  )
  expect(world.api.sent).toContainEqual({
    request: `PUT /v1/projects/${targetRef}/config/database/postgres`,
    body: { max_connections: 120, statement_timeout: '8s', restart_database: false },
  })
})

test('a rollback brings the target back as it was, and takes away what came since', async () => {
  furnish()
  world.target.auth['site_url'] = 'https://staging.example.com'
  const { generation: before } = await world.backUp(targetRef)
  const { generation } = await world.backUp(originRef)
  await restore(generation)
  const opened = await world.open(before, targetRef, { rollback: true })
  const progress = progressInMemory()
  const result = await opened.undo(progress)
  const verification = await opened.verify(progress, true)
  await opened.finish?.(progress)
  await opened.close()
  expect(verification?.ok).toBe(true)
  expect(world.target).toMatchObject({
    auth: { site_url: 'https://staging.example.com', saml_enabled: false },
    ...{ postgres: {}, thirdPartyAuth: [], sslEnforced: false },
    networkRestrictions: { dbAllowedCidrs: ['0.0.0.0/0'], dbAllowedCidrsV6: ['::/0'] },
  })
  expect(result.findings.map(({ kind }) => kind)).toEqual(['settings-not-unset', 'settings-restart'])
})

test('a target without an access token is restored without its settings, which is said; asked for alone they are an error', async () => {
  const { generation } = await world.backUp(originRef)
  const target = { role: 'target' as const, reference: 'shop', database: undefined, storage: undefined }
  const opened = await world.open(generation, targetRef, { target, wanted: ['database', 'settings'] })
  expect(await opened.restore(progressInMemory())).toMatchObject({
    status: 'skipped',
    findings: [{ severity: 'manual', kind: 'settings-not-restored' }],
  })
  await expect(world.open(generation, targetRef, { target })).rejects.toMatchObject({
    code: 'TARGET_INCOMPLETE',
  })
})

test('a drill brings all of them into a stand-in, whose settings are those of the backup then', async () => {
  furnish()
  const [provider] = world.origin.ssoProviders
  if (provider) provider.saml = { ...provider.saml, metadata_url: 'https://id.example.com/metadata' }
  const { generation } = await world.backUp(originRef)
  const { project, stop } = await startManagementTarget({ generation, project: {} })
  try {
    const target = {
      ...{ role: 'target' as const, reference: 'throwaway', database: undefined, storage: undefined },
      ...project,
    }
    const { result, verification, finished } = await restore(generation, { target, disposable: true })
    expect(verification).toMatchObject({ ok: true, differences: [] })
    expect([...result.findings, ...finished].map(({ kind }) => kind)).toEqual(['settings-restart'])
  } finally {
    await stop()
  }
})

test('what changed between two backups is told setting by setting', async () => {
  const { generation: before } = await world.backUp(originRef)
  furnish()
  Object.assign(world.origin.auth, { smtp_pass: 'canary' })
  const { generation: after } = await world.backUp(originRef)
  const { equal, lines, document } = await compareBackups(before, after)
  expect(equal).toBe(false)
  expect(lines).toContain('  ~ auth.jwt_exp: 3600 → 7200')
  expect(lines).toContain('  + postgres.max_connections: 120')
  expect(lines).toContain('  + auth.smtp_pass: a secret was set')
  expect(JSON.stringify(document)).not.toContain('canary')
  expect((await compareBackups(after, after)).equal).toBe(true)
})

test('a comparison of two backups says nothing of what one of them could not read, and that it does not', async () => {
  world.origin.auth['smtp_pass'] = 'canary'
  const { generation: before } = await world.backUp(originRef)
  delete world.origin.auth['site_url']
  world.api.faults.push({ path: '/config/auth', status: 403, times: 1 })
  const { generation: without } = await world.backUp(originRef)
  const { generation: renamed } = await world.backUp(originRef)
  for (const [after, notCompared] of [
    [without, ['auth']],
    [renamed, ['auth.site_url']],
  ] as const) {
    const { equal, document, lines } = await compareBackups(before, after)
    expect({ equal, document }).toEqual({
      equal: false,
      document: { changes: [], secretsSet: [], secretsUnset: [], notCompared },
    })
    expect(lines.slice(0, 2)).toEqual([
      'Settings',
      `  not compared, as one of the two could not read it: ${notCompared[0]}`,
    ])
  }
})
