const mask = '*****'
const secrets = new Set<string>()

/**
 * Registers values that must never be shown. Short values are not registered: masking every `a` would hide the
 * message and protect nothing. The URL-encoded form is registered too, as connection strings carry it.
 */
export function addSecrets(values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < 4) continue
    secrets.add(value)
    secrets.add(encodeURIComponent(value))
  }
}

/** The text with every registered secret, and the password of any URL in it, masked. */
export function redact(text: string): string {
  let clean = text
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    clean = clean.replaceAll(secret, mask)
  return clean.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, `$1${mask}@`)
}
