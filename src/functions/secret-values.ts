import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { parse } from 'dotenv'
import { z } from 'zod'
import { readPlainBytes, writeFileAtomic } from '../common/files.ts'
import { runProgram } from '../common/process.ts'
import { addSecrets } from '../common/redact.ts'
import type { Config } from '../config/config.ts'
import { readPrivateFile } from '../config/private-file.ts'
import { functionsLayout } from './layout.ts'

/** Values of secrets by name. */
export type SecretValues = Readonly<Record<string, string>>

/** The value of a secret, which may be named like a member of every object. */
export function knownValue(values: SecretValues, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/**
 * The operator's own file of the values, as `supabase secrets set --env-file` takes it: FUNCTION_SECRETS_FILE.
 * @throws BackupError FUNCTION_SECRETS_UNREADABLE
 */
export async function readSecretsFile(path: string): Promise<SecretValues> {
  const text = await readPrivateFile(path, {
    ...{ variable: 'FUNCTION_SECRETS_FILE', code: 'FUNCTION_SECRETS_UNREADABLE', phase: 'functions/secrets' },
    remedy: 'Name a file with a line NAME=value for each secret of the functions.',
  })
  const values = parse(text)
  addSecrets(Object.values(values))
  return values
}

/** As OpenSSL has it, so that `openssl enc` can read what is written here. */
const cipher = 'aes-256-cbc'
const magic = Buffer.from('Salted__')
export const iterations = 600_000

/** Writes the values of secrets, encrypted with the repository's passphrase. */
export async function writeSecretValues(
  generation: string,
  values: SecretValues,
  passphrase: string,
): Promise<void> {
  const salt = randomBytes(8)
  const { key, iv } = derive(passphrase, salt)
  const encrypt = createCipheriv(cipher, key, iv)
  const text = `${JSON.stringify(values, null, 2)}\n`
  const content = Buffer.concat([magic, salt, encrypt.update(text, 'utf8'), encrypt.final()])
  await writeFileAtomic(functionsLayout(generation).secretValues, content)
}

/**
 * The values that a backup keeps; none where it keeps none.
 * @returns undefined where the passphrase is another than it was
 */
export async function readSecretValues(
  generation: string,
  passphrase: string | undefined,
): Promise<SecretValues | undefined> {
  const content = await readPlainBytes(functionsLayout(generation).secretValues).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    },
  )
  if (content === undefined) return {}
  if (passphrase === undefined) return undefined
  const head = magic.length + 8
  const { key, iv } = derive(passphrase, content.subarray(magic.length, head))
  const decrypt = createDecipheriv(cipher, key, iv)
  try {
    const text = Buffer.concat([decrypt.update(content.subarray(head)), decrypt.final()]).toString('utf8')
    const values = z.record(z.string(), z.string()).parse(JSON.parse(text))
    addSecrets(Object.values(values))
    return values
  } catch {
    return undefined
  }
}

function derive(passphrase: string, salt: Buffer): { key: Buffer; iv: Buffer } {
  const bytes = pbkdf2Sync(passphrase, salt, iterations, 48, 'sha256')
  return { key: bytes.subarray(0, 32), iv: bytes.subarray(32) }
}

/** The repository's passphrase; undefined where it has none, or none is known. */
export async function repositoryPassphrase(config: Config, signal: AbortSignal): Promise<string | undefined> {
  if (config.BORG_PASSPHRASE !== undefined) return config.BORG_PASSPHRASE
  if (config.BORG_PASSCOMMAND === undefined) return undefined
  const { stdout } = await runProgram({
    ...{ program: 'bash', args: ['-c', config.BORG_PASSCOMMAND], env: config.environment, signal },
    phase: 'functions/secrets',
    suggestion: 'Check what BORG_PASSCOMMAND prints.',
  })
  const passphrase = stdout.replace(/\n$/, '')
  addSecrets([passphrase])
  return passphrase
}
