const mask = '*****'
const secrets = new Set<string>()

/** What names a secret, right before it: `password=`, `"token": "`, `PASSWORD '`, `Bearer `. */
const naming =
  /(?:(?:pass(?:word|phrase|wd|code)?|pwd|secret|token|api_?key|(?:secret|service|role|access|private)_?key)["']?\s*(?:[:=]|\s|=>)\s*["']?|bearer\s+)$/i

/** A word that texts hold anyway, such as the local stack's `postgres`. */
const commonWord = /^(?:[a-z]{1,10}|[A-Z]{1,10}|.{1,5})$/

/**
 * Registers values that must never be shown. Values of fewer than four characters are not registered: masking every `a`
 * would hide the message and protect nothing. The URL-encoded form is registered too, as connection strings carry it.
 */
export function addSecrets(values: readonly (string | undefined)[]): void {
  for (const value of values) {
    if (value === undefined || value.length < 4) continue
    secrets.add(value)
    secrets.add(encodeURIComponent(value))
  }
}

/**
 * The text with every registered secret, and the password of any URL in it, masked. A secret that is a common word is
 * masked only where it stands as a secret: in paths, names of roles and of images it says nothing.
 */
export function redact(text: string): string {
  let clean = text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, `$1${mask}@`)
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    clean = commonWord.test(secret) ? maskNamed(clean, secret) : clean.replaceAll(secret, mask)
  return clean
}

function maskNamed(text: string, secret: string): string {
  let clean = ''
  let from = 0
  for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, from)) {
    const isNamed = naming.test(text.slice(Math.max(0, at - 40), at))
    clean += text.slice(from, at) + (isNamed ? mask : secret)
    from = at + secret.length
  }
  return clean + text.slice(from)
}
