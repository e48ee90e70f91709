import { expect, test } from 'vitest'
import { nest } from '../../../src/settings/part.ts'
import { parts } from '../../../src/settings/parts.ts'
import { holdsSecret } from '../../../src/settings/secrets.ts'
import { readApiDescription } from '../../helpers/openapi.ts'

/** The fields that a part takes up from an answer that has them. */
function takenBy(
  name: string,
  answer: (fields: Record<string, unknown>) => unknown,
  fields: string[],
): string[] {
  const part = parts.find((candidate) => candidate.name === name)
  const { values, secrets } = part?.take(
    answer(nest(Object.fromEntries(fields.map((field) => [field, 1])))),
  ) ?? {
    values: {},
    secrets: [],
  }
  return [...Object.keys(values), ...secrets].toSorted()
}

test.each([
  ['auth', 'UpdateAuthConfigBody', [], (fields: object) => fields],
  ['postgrest', 'V1UpdatePostgrestConfigBody', [], (fields: object) => fields],
  ['storage', 'UpdateStorageConfigBody', [], (fields: object) => fields],
  ['realtime', 'UpdateRealtimeConfigBody', [], (fields: object) => fields],
  ['postgres', 'UpdatePostgresConfigBody', ['restart_database'], (fields: object) => fields],
  ['pooler', 'UpdateSupavisorConfigBody', [], (fields: object) => [{ database_type: 'PRIMARY', ...fields }]],
  ['network-restrictions', 'NetworkRestrictionsRequest', [], (config: object) => ({ config })],
])(
  'the settings of %s are those that the API’s description lets be written',
  async (name, body, without, answer) => {
    const description = await readApiDescription()
    const described = description.fieldsOf(body).filter((field) => !without.includes(field))
    expect(takenBy(name, answer, [...described, 'another'])).toEqual(described.toSorted())
  },
)

test.each([
  ['external_google_secret', 'x'],
  ['hook_send_email_secrets', 'v1,whsec_x'],
  ['smtp_pass', 'x'],
  ['sms_twilio_auth_token', 'x'],
  ['sms_vonage_api_key', 'x'],
  ['nimbus_oauth_client_secret', 'x'],
  ['sms_test_otp', '15550001=123456'],
  ['hook_send_sms_uri', 'https://hooks.example.com/sms?token=x'],
  ['hook_send_sms_uri', 'https://user@hooks.example.com/sms'],
  ['external_keycloak_url', 'https://user:password@id.example.com/realms/a'],
  ['provider', { metadata_url: 'https://user:password@id.example.com' }],
  ['issuer', { custom_jwks: { keys: [{ kty: 'RSA', n: 'x', e: 'AQAB', d: 'x' }] } }],
  ['issuer', { custom_jwks: { keys: [{ kty: 'oct', k: 'x' }] } }],
])('a value of %s that is a secret or holds one is known as such: %o', (field, value) => {
  expect(holdsSecret(field, value)).toBe(true)
})

test.each([
  ['password_min_length', 8],
  ['smtp_user', 'mailer'],
  ['security_refresh_token_reuse_interval', 10],
  ['hook_send_sms_uri', 'pg-functions://postgres/public/send_sms'],
  ['hook_send_sms_uri', 'https://hooks.example.com/sms'],
  ['uri_allow_list', 'https://a.example.com/**?next=1,https://b.example.com'],
  ['issuer', { custom_jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }] } }],
])('a value of %s that is none is kept: %o', (field, value) => {
  expect(holdsSecret(field, value)).toBe(false)
})
