import { readFile } from 'node:fs/promises'
import { parse } from 'dotenv'
import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import { setVariables } from '../configure/env-file.ts'
import type { Part, Values } from './part.ts'
import type { ProjectRoutes } from './routes.ts'
import { looksRandom, looksSecret } from './secret-text.ts'
import { holdsSecret } from './secrets.ts'
import { isPlainSetting, isStackSetting } from './stack-names.ts'

/** A word of a variable's name that says that its value is a secret: of keys, tokens and passwords, whatever they are for. */
const secretWord =
  /(^|_)(SECRETS?|PASS(WORD|PHRASE|WD|CODE)?|PWD|TOKENS?|(API)?KEYS?|JWKS?|JWT|CREDENTIALS?|PRIVATE|SALT|DSN|PAT)(_|$)/i

/** The same where no underscore stands before or behind it: PGPASSWORD, ACCESSTOKEN, SMTPPASS. */
const secretSyllable =
  /SECRET|PASSWORD|PASSWD|PASSPHRASE|TOKEN|CREDENTIAL|(API|ACCESS|AUTH|SIGNING|ENCRYPTION|MASTER|SERVICE|PRIVATE|CRYPTO)_?KEY|(?<!COM|BY)PASS$/i

/** Ends of names that are about a secret, and hold none; and the one that holds one though no word of it says so. */
const aboutSecret =
  /(^(GOTRUE_)?RATE_LIMIT_.*|_INTERVAL|_ENABLED|_EXP|_EXPIRY|_LENGTH|_MIN|_MAX|_REQUIRED_CHARACTERS|VERIFY_JWT)$/i
const secretNames = new Set(['SMS_TEST_OTP'])

/** Names whose values are what somebody is known by, and look as if they were keys; the address at Azure has a tenant's in it. */
const identifierName = /(_(ID|IDS|SID|NUMBER)|(^|_)AZURE_URL)$/

/**
 * Whether a variable of a self-hosted stack may not be kept. Its `.env` has whatever its operator put there: so only what is known to be a
 * setting is kept, and a switch or a measure, unless its name or its value says that it is a secret.
 */
export function isStackSecret(name: string, value: string): boolean {
  const setting = name.replace(/^GOTRUE_/, '')
  if (secretNames.has(setting)) return true
  if ((secretWord.test(name) || secretSyllable.test(name)) && !aboutSecret.test(name)) return true
  if (isPlainSetting(name, value)) return false
  // What the settings of a hosted project are told by, JSON among it.
  if (holdsSecret(setting.toLowerCase(), value) || holdsSecret('', jsonOf(value))) return true
  if (!isStackSetting(name) || looksSecret(value)) return true
  return looksRandom(value) && !identifierName.test(name)
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
