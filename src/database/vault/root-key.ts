import { join } from 'node:path'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { readPlainFile } from '../../common/files.ts'
import { addSecrets } from '../../common/redact.ts'
import { readPrivateFile, unusable } from '../../config/private-file.ts'
import { openSealed } from './sealed.ts'
import type { VaultSecret } from './secret.ts'

/** In `database/` of a backup made with VAULT_MODE=root-key: 64 hexadecimal digits and a line feed. */
export const rootKeyFile = 'vault-root.key'

/** 32 bytes in hexadecimal, as the platform and the script of a self-hosted server give it. */
const rootKeySchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[0-9a-f]{64}$/, 'is not 32 bytes in hexadecimal')

/** The root key that a generation has; undefined where it was not made with one. @throws BackupError FACTS_DAMAGED */
export async function savedRootKey(generation: string): Promise<string | undefined> {
  const text = await readPlainFile(join(generation, 'database', rootKeyFile)).catch(unlessMissing)
  if (text === undefined) return undefined
  const { data: key } = rootKeySchema.safeParse(text)
  if (key === undefined)
    throw new BackupError({
      code: 'FACTS_DAMAGED',
      message: `The backup's database/${rootKeyFile} is no root key of a vault.`,
      suggestion: 'The backup was altered, or is of a newer toolkit. Choose another archive.',
      phase: 'database/facts',
    })
  addSecrets([key])
  return key
}

/** With the values that the generation's root key opens, as a backup without one has them. */
export async function readSecrets(generation: string): Promise<(saved: VaultSecret) => VaultSecret> {
  const key = await savedRootKey(generation)
  return (saved) => (key === undefined ? saved : { ...saved, secret: openedValue(saved, key) })
}

/** The value of a secret, with the root key where it is sealed; null where that is not its key. */
export function openedValue({ id, secret, sealed }: VaultSecret, rootKey: string): string | null {
  if (sealed === undefined) return secret
  return openSealed({ id, sealed: sealed.secret, nonce: sealed.nonce }, rootKey)
}

/**
 * The root key in a file of the operator's, VAULT_KEY_FILE.
 * @throws BackupError VAULT_KEY_UNREADABLE
 */
export async function readRootKeyFile(path: string): Promise<string> {
  const about = {
    ...{ variable: 'VAULT_KEY_FILE', code: 'VAULT_KEY_UNREADABLE', phase: 'database/vault' },
    remedy: 'Put into it what the database server’s vault.getkey_script prints, in a file of mode 0600.',
  }
  const { data: key } = rootKeySchema.safeParse(await readPrivateFile(path, about))
  if (key === undefined) throw unusable(path, about, 'it does not hold 32 bytes in hexadecimal')
  addSecrets([key])
  return key
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
