import type { Component } from '../components/component.ts'
import { components, findComponent } from '../components/list.ts'
import { serviceKeyProblem } from './keys.ts'
import type { Problem } from './problem.ts'
import type { Settings } from './variables.ts'

/**
 * What a command is about to use, so that a restore from an extracted archive needs no repository: the names of components,
 * `estimate` for what an estimate of them reads, and `repository`.
 */
export type Need = string

/** What is wrong with the values as a whole, each of them being valid by itself. */
export function ruleProblems(settings: Settings, needed: readonly Need[], now = new Date()): Problem[] {
  return [
    ...connectionProblems('SUPABASE', settings),
    ...connectionProblems('TEST_SUPABASE', settings),
    ...apiProblems('SUPABASE', settings),
    ...apiProblems('TEST_SUPABASE', settings),
    ...keyProblems(settings, now),
    ...borgProblems(settings),
    ...secretProblems(settings),
    ...targetOnlyProblems(settings, needed),
    ...needed.flatMap((need) => missing(need, settings)),
  ]
}

type Prefix = 'SUPABASE' | 'TEST_SUPABASE'

function connectionProblems(prefix: Prefix, settings: Settings): Problem[] {
  const variable = `${prefix}_DB_URL`
  const address = settings[`${prefix}_DB_URL`]
  if (address === undefined) return []
  const suggestion =
    'Copy the session pooler string from the Supabase dashboard (Connect) and put the database password into it.'
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

/** The access token opens every project of its account: over a network it is not sent in clear. */
function apiProblems(prefix: Prefix, settings: Settings): Problem[] {
  const variable = `${prefix}_API_URL`
  const address = settings[`${prefix}_API_URL`]
  if (address === undefined) return []
  const { protocol, hostname } = new URL(address)
  if (protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return []
  return [
    {
      code: 'API_URL_PLAIN',
      message: `${variable} names another machine by http://, which would show the access token to everybody on the way.`,
      suggestion: 'Write https://.',
    },
  ]
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
  const { VAULT_MODE: mode, BORG_ENCRYPTION: encryption } = settings
  if ((mode === 'decrypted' || mode === 'root-key') && encryption === 'none')
    problems.push({
      code: 'CONFIG_CONFLICT',
      message: `VAULT_MODE=${mode} would put ${mode === 'decrypted' ? 'the secrets of the vault in clear' : 'the key of the vault'} into archives that BORG_ENCRYPTION=none leaves unencrypted.`,
      suggestion: 'Use an encrypted repository, or set VAULT_MODE=skip.',
    })
  return problems
}

/** Values of secrets are kept only where they can be encrypted. */
function secretProblems(settings: Settings): Problem[] {
  if (!settings.KEEP_FUNCTION_SECRETS) return []
  const conflict = (message: string, suggestion: string): Problem[] => [
    { code: 'CONFIG_CONFLICT', message, suggestion },
  ]
  if (settings.BORG_ENCRYPTION === 'none')
    return conflict(
      'KEEP_FUNCTION_SECRETS is set, but with BORG_ENCRYPTION=none there is no passphrase to encrypt the values with.',
      'Use an encrypted repository, or remove KEEP_FUNCTION_SECRETS.',
    )
  if (settings.FUNCTION_SECRETS_FILE !== undefined) return []
  return conflict(
    'KEEP_FUNCTION_SECRETS is set, but FUNCTION_SECRETS_FILE does not say where the values are.',
    'Set FUNCTION_SECRETS_FILE, or remove KEEP_FUNCTION_SECRETS.',
  )
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

/** What the settings lack for a need. */
function missing(need: string, settings: Settings): Problem[] {
  if (need === 'repository') return repositoryProblems(settings)
  const problems =
    need === 'estimate'
      ? components.map(({ configuration }) => configuration.missingForEstimate?.(settings))
      : [missingFor(findComponent(need)?.configuration, settings)]
  return problems.filter((problem) => problem !== undefined)
}

/** An optional component's is no problem by itself: see `unconfiguredComponents`. */
function missingFor(
  configuration: Component['configuration'] | undefined,
  settings: Settings,
): Problem | undefined {
  return configuration?.optional ? undefined : configuration?.missing(settings)
}

function repositoryProblems(settings: Settings): Problem[] {
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
}
