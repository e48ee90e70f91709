import { setVariables } from '../../toolkit.ts'
import { credentialProblem } from '../credentials.ts'
import type { ValueProblem } from './trial.ts'
import { isSecret, type Values } from './variables.ts'

/** A kept secret would go to another address than the one that it was given for: who may type addresses is not thereby told secrets. */
const sentTo: readonly [secret: string, addresses: readonly string[]][] = [
  ['SERVICE_ROLE_KEY', ['PROJECT_REF', 'URL', 'STORAGE_URL']],
  ['ACCESS_TOKEN', ['API_URL']],
  ['DB_PASSWORD', ['PROJECT_REF', 'DB_POOLER']],
]

/** A value that neither an env file nor a seal can hold. */
export function unwritable(name: string, value: string): ValueProblem[] {
  if (isSecret(name)) {
    const message = value === '' ? undefined : credentialProblem(name, value)
    return message === undefined ? [] : [{ name, message }]
  }
  try {
    setVariables('', { [name]: value })
    return []
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return [{ name, message: 'holds all kinds of quotes, which no env file can' }]
  }
}

/** Those of the values that are others than now. */
export function changesOf(values: Values, present: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== (present[name] ?? '')))
}

/** What those settings are now that are to be others. */
export function asTheyAre(changed: Values, present: Values): Values {
  return Object.fromEntries(Object.keys(changed).map((name) => [name, present[name] ?? '']))
}

/** The dashboard's own SECRETS_COMMAND, wherever it was installed then. */
const ownCommand = /dashboard\.sh'? secrets --project /

/** Whether secrets come from another store than the dashboard's. */
export function hasOthersCommand({
  written: { SECRETS_COMMAND: command = '' },
}: {
  written: Values
}): boolean {
  return command !== '' && !ownCommand.test(command)
}

export function withoutEmpty(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
}

/**
 * The text as it can be tried elsewhere: what is relative to its directory stays so, and what the dashboard keeps it gives itself, as it
 * would be then.
 */
export function placed(text: string, now: { written: Values }, directory: string): string {
  if (!hasOthersCommand(now)) return setVariables(text, { SECRETS_COMMAND: '' })
  const { SECRETS_COMMAND: command } = now.written
  return setVariables(text, { SECRETS_COMMAND: `cd '${directory.replaceAll("'", "'\\''")}' && ${command}` })
}

/** What of changes cannot be kept: a secret that would go elsewhere unseen, or one that comes from elsewhere. */
export function keptProblems(
  values: Values,
  changed: Values,
  now: { present: Values; written: Values; sealed: Values },
): ValueProblem[] {
  const foreign = Object.keys(changed).filter(
    (name) => hasOthersCommand(now) && isSecret(name) && changed[name] !== '' && !(name in now.sealed),
  )
  return [
    ...foreign.map((name) => ({
      name,
      message: 'is changed where SECRETS_COMMAND of its env file gets secrets',
    })),
    ...unsentProblems(values, changed, now.present),
  ]
}

function unsentProblems(values: Values, changed: Values, present: Values): ValueProblem[] {
  return ['SUPABASE', 'TEST_SUPABASE'].flatMap((prefix) =>
    sentTo.flatMap(([secret, addresses]) => {
      const name = `${prefix}_${secret}`
      const moved = addresses.map((address) => `${prefix}_${address}`).find((address) => changed[address])
      const isKept = present[name] && values[name] === undefined
      if (moved === undefined || !isKept) return []
      return [{ name, message: `is to be typed again: with ${moved} changed it goes to another address` }]
    }),
  )
}
