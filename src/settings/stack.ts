import { readFile } from 'node:fs/promises'
import { parse } from 'dotenv'
import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import { setVariables } from '../configure/env-file.ts'
import type { Part, Values } from './part.ts'
import type { ProjectRoutes } from './routes.ts'
import { holdsSecret } from './secrets.ts'

/** A word of a variable's name that says that its value is a secret: of keys, tokens and passwords, whatever they are for. */
const secretWord =
  /(^|_)(SECRETS?|PASS(WORD|PHRASE|WD|CODE)?|PWD|TOKENS?|(API)?KEYS?|JWKS?|JWT|CREDENTIALS?|PRIVATE|SALT|DSN|PAT)(_|$)/i

/** The same where no underscore stands before or behind it: PGPASSWORD, ACCESSTOKEN, SMTPPASS. */
const secretSyllable =
  /SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIAL|(API|ACCESS|AUTH|SIGNING|ENCRYPTION|MASTER|SERVICE|PRIVATE|CRYPTO)_?KEY|(?<!COM|BY)PASS$/i

/** An address that lets in whoever knows it: of a webhook, or with something of the kind behind its question mark. */
const webhookName = /WEBHOOK.*(URL|URI)/i
const secretQuery = /[?&](token|secret|key|sig|signature|code|password|(api|access|auth)_?(key|token))=/i

/** Ends of names that are about a secret, and hold none; and the one that holds one though no word of it says so. */
const aboutSecret =
  /(^(GOTRUE_)?RATE_LIMIT_.*|_INTERVAL|_ENABLED|_EXP|_EXPIRY|_LENGTH|_MIN|_MAX|_REQUIRED_CHARACTERS|VERIFY_JWT)$/i
const secretNames = new Set(['SMS_TEST_OTP'])

/** Values that are secrets under any name: tokens with a signature, keys in PEM, and those that say so at their beginning. */
const secretValue =
  /^(eyJ[\w-]+\.[\w-]+\.|-----BEGIN|[sr]k[-_]|sb_secret_|sbp_|xox[a-z]-|gh[a-z]_|github_pat_|glpat-|npm_|SG\.|AIza|AKIA|(v\d,)?whsec_)/

/** Whether a variable of a self-hosted stack may not be kept. */
export function isStackSecret(name: string, value: string): boolean {
  const setting = name.replace(/^GOTRUE_/, '')
  if (secretNames.has(setting) || secretValue.test(value) || secretQuery.test(value)) return true
  if (webhookName.test(name) && URL.canParse(value)) return true
  if ((secretWord.test(name) || secretSyllable.test(name)) && !aboutSecret.test(name)) return true
  // What the settings of a hosted project are told by, JSON among it.
  return holdsSecret(setting.toLowerCase(), value) || holdsSecret('', jsonOf(value))
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

const variablesSchema = z.record(z.string(), z.string())

/** The variables in the `.env` of a self-hosted stack's Docker set-up: no API sets them, its operator puts them there. */
export const stackPart: Part = {
  name: 'stack',
  route: '',
  permission: { read: 'to read the file' },
  byHand: true,
  take(answer) {
    const names = Object.entries(variablesSchema.parse(answer)).toSorted(([a], [b]) => (a < b ? -1 : 1))
    const isSecret = ([name, value]: [string, string]) => isStackSecret(name, value)
    return {
      values: Object.fromEntries(names.filter((entry) => !isSecret(entry))),
      secrets: names.filter((entry) => entry[1] !== '' && isSecret(entry)).map(([name]) => name),
      ...{ unknown: [], missing: [] },
    }
  },
}

/** Its file in place of an API's route. */
export function stackRoutes(path: string): ProjectRoutes {
  const never = () => Promise.reject(new TypeError('the .env of a stack is not written'))
  return { read: () => readVariables(path), write: never, create: never }
}

async function readVariables(path: string): Promise<Record<string, string>> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new BackupError({
      code: 'STACK_ENV_UNREADABLE',
      message: `The .env of the self-hosted stack, ${path}, cannot be read: ${cause.code}.`,
      suggestion:
        'SUPABASE_STACK_ENV (of a target TEST_SUPABASE_STACK_ENV) names the .env beside its docker-compose.yml: check the path, and that the user of the runs may read it.',
      phase: 'settings/stack',
      exitCode: ExitCode.configuration,
      cause,
    })
  })
  return parse(text)
}

/** Variables as lines of an env file, as dotenv and Docker Compose read them back. */
export function stackLines(values: Values): string[] {
  return Object.entries(values).map(([name, value]) => lineOf(name, String(value ?? '')))
}

function lineOf(name: string, value: string): string {
  try {
    return setVariables('', { [name]: value }).trimEnd() || `${name}=`
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return `# ${name}: several lines, see settings/stack.json of the backup`
  }
}
