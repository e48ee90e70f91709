import { serviceKeyProblem } from './keys.ts'
import type { Problem } from './problem.ts'
import type { Settings } from './variables.ts'

/**
 * What a command is about to use, so that a restore from an extracted archive needs no repository. A `catalogue` of Storage
 * is read from the database, or listed through the API.
 */
export const needs = ['database', 'storage', 'catalogue', 'repository'] as const
export type Need = (typeof needs)[number]

/** What is wrong with the values as a whole, each of them being valid by itself. */
export function ruleProblems(settings: Settings, needed: readonly Need[], now = new Date()): Problem[] {
  return [
    ...connectionProblems('SUPABASE', settings),
    ...connectionProblems('TEST_SUPABASE', settings),
    ...keyProblems(settings, now),
    ...borgProblems(settings),
    ...targetOnlyProblems(settings, needed),
    ...needed.flatMap((need) => missing[need](settings)),
  ]
}

type Prefix = 'SUPABASE' | 'TEST_SUPABASE'

function connectionProblems(prefix: Prefix, settings: Settings): Problem[] {
  const variable = `${prefix}_DB_URL`
  const address = settings[`${prefix}_DB_URL`]
  if (address === undefined) return []
  const suggestion =
    'Copy the session pooler string from the dashboard (Connect) and put the database password into it.'
  if (!URL.canParse(address))
    return [
      {
        code: 'DB_URL_MALFORMED',
        message: `${variable} is not a valid connection string.`,
        suggestion: `Characters such as @ : / # % in the password must be percent-encoded. ${suggestion}`,
      },
    ]
  const url = new URL(address)
  if (/^\[?your-password\]?$/i.test(decodeURIComponent(url.password)))
    return [
      { code: 'DB_URL_PLACEHOLDER', message: `${variable} still has [YOUR-PASSWORD] in it.`, suggestion },
    ]
  if (url.port === '6543')
    return [
      {
        code: 'DB_TRANSACTION_POOLER',
        message: `${variable} names port 6543, the transaction pooler, which cannot hold the one transaction a backup or restore is made in.`,
        suggestion: 'Use the session pooler: the same host with port 5432.',
      },
    ]
  return []
}

function keyProblems(settings: Settings, now: Date): Problem[] {
  return (['SUPABASE', 'TEST_SUPABASE'] as const).flatMap((prefix) => {
    const key = settings[`${prefix}_SERVICE_ROLE_KEY`]
    const ref = settings[`${prefix}_PROJECT_REF`]
    const problem =
      key === undefined ? undefined : serviceKeyProblem(`${prefix}_SERVICE_ROLE_KEY`, key, { ref, now })
    return problem === undefined ? [] : [problem]
  })
}

function borgProblems(settings: Settings): Problem[] {
  const both = (first: string, second: string): Problem => ({
    code: 'CONFIG_CONFLICT',
    message: `${first} and ${second} are both set.`,
    suggestion: 'Remove one of them.',
  })
  const problems: Problem[] = []
  if (settings.BORG_PASSPHRASE !== undefined && settings.BORG_PASSCOMMAND !== undefined)
    problems.push(both('BORG_PASSPHRASE', 'BORG_PASSCOMMAND'))
  if (settings.BORG_REPO !== undefined && settings.BORG_REPOS !== undefined)
    problems.push(both('BORG_REPO', 'BORG_REPOS'))
  return problems
}

function targetOnlyProblems({ TARGET_ONLY: only }: Settings, needed: readonly Need[]): Problem[] {
  if (!only || !needed.some((need) => need !== 'repository')) return []
  return [
    {
      code: 'PROJECT_TARGET_ONLY',
      message: 'This project is only restored to (TARGET_ONLY=true): no backup of it is made.',
      suggestion: 'Name another project with --project, or remove TARGET_ONLY from its env file.',
    },
  ]
}

const missing: Record<Need, (settings: Settings) => Problem[]> = {
  catalogue(settings) {
    if (missing.database(settings).length === 0 || missing.storage(settings).length === 0) return []
    return [
      {
        code: 'STORAGE_MISSING',
        message:
          'There is no way to learn what Storage holds: neither the database nor Storage is configured.',
        suggestion:
          'Set SUPABASE_DB_URL; or, to have the objects listed through the Storage API, SUPABASE_PROJECT_REF (or SUPABASE_URL) and SUPABASE_SERVICE_ROLE_KEY.',
      },
    ]
  },
  database(settings) {
    if (settings.SUPABASE_DB_URL !== undefined) return []
    if (settings.SUPABASE_PROJECT_REF !== undefined && settings.SUPABASE_DB_PASSWORD !== undefined) return []
    return [
      {
        code: 'DB_MISSING',
        message: 'There is no way to reach the database.',
        suggestion: 'Set SUPABASE_DB_URL, or SUPABASE_PROJECT_REF and SUPABASE_DB_PASSWORD.',
      },
    ]
  },
  storage(settings) {
    const absent = (['SUPABASE_STORAGE_URL', 'SUPABASE_SERVICE_ROLE_KEY'] as const).filter(
      (name) => settings[name] === undefined,
    )
    if (absent.length === 0) return []
    return [
      {
        code: 'STORAGE_MISSING',
        message: `Storage cannot be read without ${absent.join(' and ')}.`,
        suggestion:
          'Set SUPABASE_PROJECT_REF or SUPABASE_URL, and SUPABASE_SERVICE_ROLE_KEY; or leave Storage out with --skip storage.',
      },
    ]
  },
  repository(settings) {
    const problems: Problem[] = []
    if (settings.BORG_REPO === undefined && settings.BORG_REPOS === undefined)
      problems.push({
        code: 'BORG_REPO_MISSING',
        message: 'There is no Borg repository to put archives into.',
        suggestion: 'Set BORG_REPO to an absolute path or to ssh://user@host/path.',
      })
    const noPassphrase = settings.BORG_PASSPHRASE === undefined && settings.BORG_PASSCOMMAND === undefined
    if (noPassphrase && settings.BORG_ENCRYPTION !== 'none')
      problems.push({
        code: 'BORG_PASSPHRASE_MISSING',
        message:
          'There is no passphrase for the Borg repository, and archives are not written unencrypted by accident.',
        suggestion:
          'Set BORG_PASSPHRASE or BORG_PASSCOMMAND, or say BORG_ENCRYPTION=none if that is what you want.',
      })
    return problems
  },
}
