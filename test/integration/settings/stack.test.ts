import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { ComponentProgress } from '../../../src/components/component.ts'
import { openTarget } from '../../../src/project/project.ts'
import { captureSettings } from '../../../src/settings/capture.ts'
import { readSettings, type SavedPart } from '../../../src/settings/files.ts'
import { chooser } from '../../../src/settings/plan.ts'
import { openSource } from '../../../src/settings/source.ts'
import { isStackSecret, stackLines } from '../../../src/settings/stack.ts'
import { openStackRestore } from '../../../src/settings/stack-restore.ts'

const progress: ComponentProgress = { state: {}, note: async () => {}, inTransaction: '' }

const secrets = {
  POSTGRES_PASSWORD: 'canary-1',
  JWT_SECRET: 'canary-2',
  ANON_KEY: 'eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYW5vbiJ9.canary3',
  SECRET_KEY_BASE: 'canary-4',
  LOGFLARE_PUBLIC_ACCESS_TOKEN: 'canary-5',
  SMTP_PASS: 'canary-6',
  S3_PROTOCOL_ACCESS_KEY_ID: 'canary-7',
  SMS_TEST_OTP: '4152127777:123456',
  UNHEARD_OF: 'sk-canary-8',
  POOL: 'postgresql://postgres:canary-9@db:5432/postgres',
  SIGNING: '[{"kty":"EC","d":"canary-10"}]',
}
const open = {
  SITE_URL: 'https://shop.example',
  JWT_EXPIRY: '3600',
  PASSWORD_MIN_LENGTH: '8',
  FUNCTIONS_VERIFY_JWT: 'false',
  SMTP_SENDER_NAME: "Ann's shop",
  SMS_TEMPLATE: 'Your code is {{ .Code }} # really',
  ADDITIONAL_REDIRECT_URLS: '',
  DASHBOARD_USERNAME: 'supabase',
}

let folder: string
let saved: SavedPart
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stack-'))
  await writeFile(join(folder, '.env'), `# ours\n${stackLines({ ...secrets, ...open }).join('\n')}\n`)
  const { result, part } = await backUp()
  expect(result).toMatchObject({ status: 'complete', counts: { settings: 8, requests: 0 } })
  saved = part
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const url = 'postgresql://postgres:x@127.0.0.1:1/postgres'
const targetWith = (env?: string) => openTarget({ DB_URL: url, ...(env && { STACK_ENV: join(folder, env) }) })

async function backUp() {
  const generation = await mkdtemp(join(folder, 'generation-'))
  const source = openSource(targetWith('.env'))
  const result = await captureSettings({
    source,
    generation,
    previous: undefined,
    leftOut: [],
    log: silentLog,
  })
  const [part] = (await readSettings(generation)).parts
  if (part === undefined) throw new Error('nothing was saved')
  return { generation, result, part }
}

function restore(env?: string, { setting = [] as string[], disposable = false } = {}) {
  const isChosen = chooser({ ref: 'x', parts: [saved] }, setting)
  return openStackRestore({ target: targetWith(env), disposable }, saved, isChosen)
}

test('The settings of a self-hosted stack are those of its .env, and of secrets the names', async () => {
  expect(saved.values).toEqual(open)
  expect(saved.secrets.toSorted()).toEqual(Object.keys(secrets).toSorted())
  const { generation } = await backUp()
  expect(await readFile(join(generation, 'settings/stack.json'), 'utf8')).not.toMatch(/canary|123456/)
})

test.each([
  ['GOTRUE_SMTP_PASS', 'x'],
  ['OPENAI_API_KEY', 'x'],
  ['VAULT_ENC_KEY', 'x'],
  ['GOOGLE_SECRET', 'x'],
  ['JWT_JWKS', '{}'],
  ['DASHBOARD_PASSWORD', 'x'],
  ['PGPASSWORD', 'x'],
  ['S3_ACCESSKEY', 'x'],
  ['RABBITMQPASS', 'true'],
  ['PIN', '1234'],
  ['BASIC_AUTH', 'user:hunter2'],
  ['LICENSE', 'ABCD-EFGH'],
  ['SMTP_AUTH', 'hunter2'],
  ['GOTRUE_HOOK_SEND_SMS_URI', 'https://hooks.example.com/sms?let=me-in'],
])('The variable %s of a stack is a secret', (name, value) => {
  expect(isStackSecret(name, value)).toBe(true)
})

/** Forms in which a secret may stand in any variable; each has the canary in it, or would be of use by itself. */
const forms = [
  'Bearer canary-x',
  'Basic dXNlcjpjYW5hcnk=',
  'host=db user=x password=canary dbname=p',
  "host=db password = 'canary'",
  'jdbc:postgresql://db/p?user=x&password=canary',
  'Server=db;Uid=x;Pwd=canary;',
  'DefaultEndpointsProtocol=https;AccountKey=canary==',
  'postgresql://u:can/ary@db/p',
  'postgresql://u:can@ary@db/p',
  'postgres://:canary@db/p',
  'redis://canary@db:6379',
  'smtp://user:canary@mail',
  'https://h.example/logs?api-key=canary',
  'https://h.example/?a=1&token=canary',
  'https://h.example/?key=canary',
  'https://h.example/x?sv=1&sig=canary',
  'https://hooks.slack.com/services/T/B/canary',
  'https://discord.com/api/webhooks/1/canary',
  'https://api.telegram.org/bot123:canary/send',
  'https://canary@o1.ingest.sentry.io/1',
  '{"type":"service_account","private_key":"canary"}',
  '[{"kty":"oct","k":"canary"}]',
  '-----BEGIN PRIVATE KEY-----\ncanary',
  'x -----BEGIN OPENSSH PRIVATE KEY-----',
  'sk_live_canary',
  'sk-proj-canary',
  'key is sk-canary',
  'ghp_canary',
  'github_pat_canary',
  'xoxb-1-canary',
  'AKIACANARY',
  'v1,whsec_canary',
  'sb_secret_canary',
  'eyJhbGciOi.eyJ.canary',
  'https://h.example/eyJhbGciOi.eyJ.canary',
  '850181e4652dd023b7a98c58ae0d2d34',
  'https://h.example/in/850181e4652dd023b7a98c58ae0d2d34',
  'UpNVntn3cDxHJpq99YMc1T1AQgQpc8kfYTuRgBiYa15',
  '9b2f3c1e-7a4d-4e0b-8c55-0d1e2f3a4b5c',
]

test.each(forms)('A value like %s is kept of no variable of a stack, whatever its name', (value) => {
  for (const name of [
    'SITE_URL',
    'SMTP_USER',
    'GOTRUE_SMS_TEMPLATE',
    'KEYCLOAK_URL',
    'HTTP_PORT',
    'UNHEARD_OF',
  ])
    expect(isStackSecret(name, value), name).toBe(true)
})

test.each([
  ['GOTRUE_RATE_LIMIT_TOKEN_REFRESH', '150'],
  ['GOTRUE_HOOK_SEND_SMS_ENABLED', 'true'],
  ['GOTRUE_HOOK_SEND_SMS_URI', 'pg-functions://postgres/public/send'],
  ['PASSKEY_ENABLED', 'true'],
  ['UNHEARD_OF', 'off'],
  ['UNHEARD_OF_PORT', '8443'],
  ['UNHEARD_OF_TIMEOUT', '30s'],
  ['GOOGLE_CLIENT_ID', '1234567890-a1b2c3d4e5f6g7h8i9j0.apps.googleusercontent.com'],
  ['GOTRUE_EXTERNAL_KEYCLOAK_URL', 'https://id.example.com/realms/shop'],
  ['SMS_TWILIO_ACCOUNT_SID', 'AC850181e4652dd023b7a98c58ae0d2d34'],
  ['ADDITIONAL_REDIRECT_URLS', 'https://a.example/**?next=1,shop-app://callback'],
  ['GOTRUE_SMS_TEMPLATE', 'Your code is {{ .Code }}'],
  ['GOTRUE_MAILER_SUBJECTS_RECOVERY', 'Reset your password'],
  ['PGRST_DB_SCHEMAS', 'public,storage,graphql_public'],
  ['STUDIO_DEFAULT_ORGANIZATION', 'The Backup Company of 2026'],
  ['SUPABASE_PUBLIC_URL', 'http://localhost:8000'],
  ['DOCKER_SOCKET_LOCATION', '/var/run/docker.sock'],
  ['POSTGRES_HOST', 'db-production-eu-west-1.internal.example.com'],
  ['MAILER_URLPATHS_INVITE', '/auth/v1/verify'],
  ['POOLER_PROXY_PORT_TRANSACTION', '6543'],
  ['GOTRUE_EXTERNAL_GOOGLE_REDIRECT_URI', 'https://api.example.com/auth/v1/callback'],
  ['GOTRUE_EXTERNAL_AZURE_URL', 'https://login.microsoftonline.com/850181e4-652d-d023-b7a9-8c58ae0d2d34'],
])('The variable %s of a stack is no secret with the value %s', (name, value) => {
  expect(isStackSecret(name, value)).toBe(false)
})

test('A restore tells what is to be put into the .env of the target, and which secrets that lacks', async () => {
  const theirs =
    'SITE_URL=https://copy.example\nJWT_EXPIRY=3600\nJWT_SECRET=own\nOWN_ONLY=1\nUNHEARD_OF=off\nSMTP_SENDER_NAME="Ann\'s shop"\n'
  await writeFile(join(folder, 'target.env'), theirs)
  const opened = restore('target.env')
  const { document, lines } = await opened.preview({ rows: {}, findings: [] })
  expect(lines(50)).toContain('    ~ stack.SITE_URL: "https://copy.example" → "https://shop.example"')
  expect(JSON.stringify(document)).not.toMatch(/canary|OWN_ONLY|JWT_EXPIRY/)
  const { findings } = await opened.restore(progress)
  const names = (kind: string) => findings.find((found) => found.kind === kind)?.names ?? []
  expect(parse(names('settings-stack-lines').join('\n'))).toEqual({
    ...{ SITE_URL: open.SITE_URL, PASSWORD_MIN_LENGTH: '8', FUNCTIONS_VERIFY_JWT: 'false' },
    ...{ SMS_TEMPLATE: open.SMS_TEMPLATE, DASHBOARD_USERNAME: 'supabase' },
  })
  expect(names('settings-stack-secrets')).toHaveLength(9)
  expect(names('settings-stack-secrets')).not.toContain('UNHEARD_OF')
  expect(names('settings-stack-secrets')).not.toContain('JWT_SECRET')
  expect(await readFile(join(folder, 'target.env'), 'utf8')).toBe(theirs)
})

test('A restore into a project whose .env is not known tells all lines, or those that were chosen', async () => {
  const kinds = async (setting: string[]) => {
    const { findings } = await restore(undefined, { setting }).restore(progress)
    return findings.find(({ kind }) => kind === 'settings-stack-lines')?.names
  }
  expect(await kinds([])).toHaveLength(7)
  expect(await kinds(['stack.SITE_URL'])).toEqual(['SITE_URL=https://shop.example'])
  await expect(kinds(['stack.SITE'])).rejects.toMatchObject({ code: 'SETTING_UNKNOWN' })
})

test('A drill proves that the lines say what the backup has', async () => {
  const opened = restore(undefined, { disposable: true })
  expect((await opened.restore(progress)).findings).toEqual([])
  expect(await opened.verify(progress, false)).toMatchObject({ ok: true, counts: { settingsCompared: 8 } })
})

test('A .env that is not there is named, with what to do', async () => {
  const source = openSource(targetWith('no.env'))
  const options = { source, generation: folder, previous: undefined, leftOut: [], log: silentLog }
  await expect(captureSettings(options)).rejects.toMatchObject({
    code: 'STACK_ENV_UNREADABLE',
    suggestion: expect.stringContaining('SUPABASE_STACK_ENV'),
  })
})
