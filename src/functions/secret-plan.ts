import { type Finding, finding } from '../common/findings.ts'
import type { RestoreContext } from '../components/component.ts'
import type { FunctionsApi } from './api.ts'
import { readSecretDigests } from './index-file.ts'
import {
  knownValue,
  readSecretsFile,
  readSecretValues,
  repositoryPassphrase,
  type SecretValues,
} from './secret-values.ts'
import { sha256Of } from './source.ts'

/** What a restore does with the secrets of the functions. */
export interface SecretPlan {
  /** Those that the target does not have and whose value is known. */
  set: { name: string; value: string }[]
  /** Those that it does not have, and whose value nobody here knows. */
  unset: string[]
  /** Those that it has with another value: what it is cannot be read, so it is never overwritten. */
  differing: string[]
  /** That the backup keeps values which the passphrase does not open. */
  isLocked: boolean
}

/** Compares the names and digests of the backup with those of the target, and looks for the values that it lacks. */
export async function planSecrets(api: FunctionsApi, context: RestoreContext): Promise<SecretPlan> {
  const { generation, config, signal } = context
  const plan: SecretPlan = { set: [], unset: [], differing: [], isLocked: false }
  const digests = await readSecretDigests(generation)
  if (digests === undefined || digests.length === 0) return plan
  // Those of a self-hosted stack stand in its own configuration, which nobody writes from here.
  if (api.sharesFiles) return { ...plan, unset: digests.map(({ name }) => name) }
  const there = new Map((await api.secrets()).map(({ name, value }) => [name, value]))
  const lacking = digests.filter(({ name }) => !there.has(name))
  plan.differing = digests
    .filter(({ name, sha256 }) => there.has(name) && there.get(name) !== sha256)
    .map(({ name }) => name)
  if (lacking.length === 0) return plan
  const kept = await readSecretValues(generation, await repositoryPassphrase(config, signal))
  plan.isLocked = kept === undefined
  const file: SecretValues =
    config.FUNCTION_SECRETS_FILE === undefined ? {} : await readSecretsFile(config.FUNCTION_SECRETS_FILE)
  for (const { name, sha256 } of lacking) {
    const value = [knownValue(kept ?? {}, name), knownValue(file, name)].find(
      (known) => known !== undefined && sha256Of(known) === sha256,
    )
    if (value === undefined) plan.unset.push(name)
    else plan.set.push({ name, value })
  }
  return plan
}

/** What is left to be done by hand. */
export function secretFindings({ unset, differing, isLocked }: SecretPlan): Finding[] {
  const found = (kind: string, names: readonly string[], message: string): Finding[] =>
    names.length === 0 ? [] : [finding({ component: 'functions', severity: 'manual', kind, names, message })]
  const locked = isLocked
    ? ' The values kept in the backup need the passphrase that its repository had then.'
    : ''
  return [
    ...found(
      'secrets-unset',
      unset,
      `These secrets of the functions are not set at the target, and their values are not known here. Set them: supabase secrets set NAME=VALUE, or in the Supabase dashboard; for a self-hosted stack in the environment of its functions.${locked}`,
    ),
    ...found(
      'secrets-differing',
      differing,
      'These secrets of the functions have another value at the target than the backup’s project had. They were left as they are; set them if they should be the same.',
    ),
  ]
}
