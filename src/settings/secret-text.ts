/** What tokens of well-known services begin with, JSON Web Tokens and keys in PEM among them. */
const knownToken =
  /(^|[^A-Za-z0-9])(eyJ[\w-]{4,}|-----BEGIN|[srp]k[-_](live|test|proj|ant|or)[-_]|[sr]k[-_]|sb_secret_|sbp_|xox[a-z]-|xapp-|gh[a-z]_|github_pat_|gl[a-z]+-|npm_|pypi-|dop_v1_|hf_|SG\.|AIza|ya29\.|A[KS]IA[A-Z0-9]|whsec_|shp[a-z]{2}_|AGE-SECRET-KEY)/

/** How HTTP is told who asks. */
const credentials = /\b(bearer|basic|digest)\s+\S{3}/i

/** `password=`, `pwd=`, `?api-key=`, `AccountKey=`, `"private_key":`, as connection strings, queries and JSON have them. */
const assigned =
  /(pass|pwd|secret|token|key|sig|signature|credential|auth|code)[\w-]*(\s*=|["']\s*:)\s*["']?[^\s"'{]/i

/** What stands before an @ in an address is a password, or has one, however it is written. */
const userInAddress = /[a-z][a-z0-9+.-]*:\/\/[^\s]*@/i

/** Addresses that let in whoever knows them. */
const letsIn =
  /\/\/(hooks\.slack\.com|([\w-]+\.)?discord(app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|[\w.-]+\.webhook\.office\.com|[\w.-]*sentry\.io|hooks\.zapier\.com|chat\.googleapis\.com|maker\.ifttt\.com|hc-ping\.com)/i

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i

/** Whether a text is a secret or has one in it, by what it looks like. */
export function looksSecret(text: string): boolean {
  return [knownToken, credentials, assigned, userInAddress, letsIn].some((form) => form.test(text))
}

/** Whether some of a text looks as if it were drawn by lot, as keys are and words are not. */
export function looksRandom(text: string): boolean {
  return uuid.test(text) || (text.match(/[A-Za-z0-9+]{16,}/g) ?? []).some(isMixed)
}

/** Words have their digits together, and few capitals within. */
function isMixed(piece: string): boolean {
  const changes = [...piece.matchAll(/[0-9](?=[A-Za-z])|[A-Za-z](?=[0-9])|[a-z](?=[A-Z])/g)].length
  return changes >= 4
}
