import { copyFile } from 'node:fs/promises'
import { BackupError } from '../common/errors.ts'
import { type Finding, finding } from '../common/findings.ts'
import type { Config } from '../config/config.ts'
import type { FunctionsApi } from './api.ts'
import { type SecretDigest, writeSecretDigests } from './index-file.ts'
import { functionsLayout } from './layout.ts'
import {
  knownValue,
  readSecretsFile,
  repositoryPassphrase,
  type SecretValues,
  writeSecretValues,
} from './secret-values.ts'
import { sha256Of } from './source.ts'

const component = 'functions'

/** What the backup of the secrets came to. */
interface CapturedSecrets {
  count: number
  findings: Finding[]
}

/**
 * Writes the names of the functions' secrets with the digests of their values; the values themselves only where the operator's
 * file has them and KEEP_FUNCTION_SECRETS asks for it.
 */
export async function captureSecrets(options: {
  api: FunctionsApi
  config: Config
  generation: string
  previous: string | undefined
  signal: AbortSignal
}): Promise<CapturedSecrets> {
  const { api, config, generation, signal } = options
  let digests: SecretDigest[]
  try {
    digests = (await api.secrets()).map(({ name, value, updated_at: updatedAt }) => ({
      ...{ name, sha256: value },
      ...(updatedAt !== undefined && { updatedAt }),
    }))
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    return { count: 0, findings: [await keepBefore(error, options)] }
  }
  await writeSecretDigests(generation, digests)
  if (config.FUNCTION_SECRETS_FILE === undefined) return { count: digests.length, findings: [] }
  const values = await readSecretsFile(config.FUNCTION_SECRETS_FILE)
  const { right, findings } = compareValues(digests, values)
  if (config.KEEP_FUNCTION_SECRETS) {
    const passphrase = await repositoryPassphrase(config, signal)
    if (passphrase === undefined) throw notEncrypted()
    await writeSecretValues(generation, right, passphrase)
  }
  return { count: digests.length, findings }
}

/** Of the operator's values those that the project has, and what is to be said of the others. */
function compareValues(
  digests: readonly SecretDigest[],
  values: SecretValues,
): { right: SecretValues; findings: Finding[] } {
  const right = Object.fromEntries(
    digests.flatMap(({ name, sha256 }) => {
      const value = knownValue(values, name)
      return value !== undefined && sha256Of(value) === sha256 ? [[name, value]] : []
    }),
  )
  const unknown = digests.filter(({ name }) => !Object.hasOwn(right, name)).map(({ name }) => name)
  if (unknown.length === 0) return { right, findings: [] }
  const message =
    'FUNCTION_SECRETS_FILE does not have the values that the functions are given: a restore cannot set these secrets. Bring the file up to date.'
  const found = finding({
    component,
    severity: 'manual',
    kind: 'secret-values-unknown',
    names: unknown,
    message,
  })
  return { right, findings: [found] }
}

/** Without the right to read them, the functions are backed up all the same, and the names are those of the backup before. */
async function keepBefore(
  error: BackupError,
  { config, generation, previous }: { config: Config; generation: string; previous: string | undefined },
): Promise<Finding> {
  const keep = async (file: 'secrets' | 'secretValues') =>
    previous !== undefined &&
    copyFile(functionsLayout(previous)[file], functionsLayout(generation)[file]).then(
      () => true,
      () => false,
    )
  const isKept = await keep('secrets')
  if (isKept && config.KEEP_FUNCTION_SECRETS) await keep('secretValues')
  const kept = isKept
    ? 'Their names in this backup are those of the one before.'
    : 'Their names are not in this backup.'
  const message = `The secrets of the functions could not be listed: ${error.message} ${kept} ${error.suggestion}`
  return finding({ component, severity: 'degraded', kind: 'secrets-unread', count: 1, message })
}

function notEncrypted(): BackupError {
  return new BackupError({
    code: 'FUNCTION_SECRETS_UNENCRYPTED',
    message: 'KEEP_FUNCTION_SECRETS is set, but there is no passphrase to encrypt the values with.',
    suggestion: 'Use an encrypted repository, or unset KEEP_FUNCTION_SECRETS.',
    phase: 'functions/secrets',
  })
}
