import { type Finding, finding } from '../common/findings.ts'
import type { SavedPart, SavedSettings } from './files.ts'
import { findPart, placeOf } from './parts.ts'
import type { TargetSettings } from './plan.ts'
import { stackPart } from './stack.ts'
import { stackSecrets } from './stack-restore.ts'

const component = 'settings'

/** One thing that somebody has to do by hand at a project that was restored into. */
interface Step {
  kind: string
  message: string
  names: string[]
}

/**
 * What no backup can bring into another project: secrets, keys, domains, and what has its price.
 * @param isSecretThere which secrets the target has of its own
 */
function stepsOf(saved: SavedSettings, isSecretThere: (setting: string) => boolean): Step[] {
  const secretsIn = (some: readonly SavedPart[]) =>
    some.flatMap(({ name, secrets: fields }) => fields.map((field) => `${name}.${field}`))
  const isOfStack = ({ name }: SavedPart) => name === stackPart.name
  const secrets = secretsIn(saved.parts.filter((part) => !isOfStack(part)))
  const valuesOf = (name: string) => saved.parts.find((part) => part.name === name)?.values ?? {}
  const { custom_hostname: hostname } = valuesOf('custom-hostname')
  const { custom_domain: vanity, status } = valuesOf('vanity-subdomain')
  const step = (kind: string, message: string, names: readonly unknown[]): Step[] => {
    const told = names.filter((name) => typeof name === 'string' && name !== '').map(String)
    return told.length === 0 ? [] : [{ kind, message, names: told }]
  }
  return [
    ...step('settings-stack-secrets', stackSecrets, secretsIn(saved.parts.filter(isOfStack))),
    ...step(
      'settings-secrets-unset',
      'Set these secrets at the target, which are in no backup as the platform does not give them out (Supabase dashboard, Authentication: Sign In / Providers, Emails, Hooks).',
      secrets.filter((setting) => !isSecretThere(setting)),
    ),
    ...step(
      'settings-secrets-own',
      'The target has secrets of its own here, which stay: see that they go with the restored settings.',
      secrets.filter(isSecretThere),
    ),
    ...step(
      'settings-domain',
      'Set up the custom domain at the target, and change its DNS record (Supabase dashboard, Project Settings, Custom Domains).',
      [hostname, status === 'active' ? vanity : undefined],
    ),
    ...step(
      'settings-keys',
      'Every project has API keys of its own: give clients and servers the target’s. Those of the backup’s project were named so.',
      Object.keys(valuesOf('api-keys')),
    ),
    ...step(
      'settings-signing-keys',
      'Tokens that the backup’s project signed are not valid at the target, whose signing keys are others: everybody signs in again, unless you import a private key that you hold (Supabase dashboard, Project Settings, JWT Keys).',
      signingKeys(valuesOf('signing-keys')),
    ),
  ]
}

function signingKeys(keys: SavedPart['values']): string[] {
  return Object.entries(keys).map(([id, key]) => {
    const { algorithm, status } = Object(key)
    return `${id} (${algorithm}, ${status})`
  })
}

/** The checklist of a restore, as findings. Of the project that the backup is of nothing but secrets can be missing. */
export function checklist(options: {
  saved: SavedSettings
  target: TargetSettings
  isChosen(setting: string): boolean
  isOriginal: boolean
}): Finding[] {
  const { saved, target, isChosen, isOriginal } = options
  const isThere = (setting: string) => {
    const { part, field } = placeOf(setting)
    return target.get(part)?.secrets.includes(field) ?? false
  }
  const concerned = saved.parts.filter(
    ({ name }) => isChosen(name) && (!isOriginal || findPart(name)?.writer),
  )
  return stepsOf({ ...saved, parts: concerned }, isThere)
    .filter(({ kind }) => !isOriginal || kind !== 'settings-secrets-own')
    .map((step) => finding({ component, severity: 'manual', ...step }))
}

/** The same for RECOVERY.md, whose reader has a new project. */
export function checklistLines(saved: SavedSettings): string[] {
  return stepsOf(saved, () => false).map(({ message, names }) => `${message} (${names.join(', ')})`)
}
