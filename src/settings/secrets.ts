/**
 * Fields whose values the API shows as a digest, keyed by the project: written to another project, the digest would become the
 * secret there. The rule is the platform's own CLI's.
 */
const secretName = /(_secret|_secrets|_pass|auth_token|access_key|api_key|api_secret)$/

/** Fields that hold secrets though their names do not say so: pairs of a phone number and the code that signs it in. */
const secretNames = new Set(['sms_test_otp'])

/** `https://user:password@host`, wherever it stands. */
const urlWithPassword = /[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i

/** Members of a JSON Web Key that are not public (RFC 7518, 6.2.2, 6.3.2 and 6.4.1). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Whether a field is always a secret. */
function isSecretField(field: string): boolean {
  return secretName.test(field) || secretNames.has(field)
}

/** Whether a value may not be kept: a secret, or something that a secret stands in. */
export function holdsSecret(field: string, value: unknown): boolean {
  if (isSecretField(field)) return true
  if (typeof value === 'string') return isSecretText(field, value)
  if (Array.isArray(value)) return value.some((item) => holdsSecret(field, item))
  if (typeof value !== 'object' || value === null) return false
  if ('kty' in value && privateMembers.some((name) => name in value)) return true
  return Object.entries(value).some(([name, inner]) => holdsSecret(name, inner))
}

function isSecretText(field: string, text: string): boolean {
  if (urlWithPassword.test(text)) return true
  // The address of a hook is called by the platform alone: what follows the question mark is there to let it in.
  if (!/^hook_.*_uri$/.test(field) || !URL.canParse(text)) return false
  const { username, search } = new URL(text)
  return username !== '' || search !== ''
}
