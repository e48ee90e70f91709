import { join } from 'node:path'
import { toBackupError } from '../../common/errors.ts'
import { writeFileAtomic } from '../../common/files.ts'
import { type Finding, finding } from '../../common/findings.ts'
import type { Config } from '../../config/config.ts'
import { fetchRootKey } from '../../management-api/root-key.ts'
import type { Project } from '../../project/project.ts'
import { type Fact, sealedVaultSecrets, vaultSecretNames, vaultSecrets } from '../facts/all.ts'
import { openedValue, readRootKeyFile, rootKeyFile } from '../vault/root-key.ts'
import type { VaultSecret } from '../vault/secret.ts'

/**
 * What a backup has of the vault's secrets: their values, decrypted; or their names alone, as the operator said so (`skip`), or as
 * nobody said that they may stand in an archive that is not encrypted (`refused`); or themselves, with the key that opens them.
 */
export type VaultCapture = 'decrypted' | 'skip' | 'refused' | RootKeyCapture

interface RootKeyCapture {
  /** Undefined where it cannot be had: then they are decrypted after all, as the backup would be worth nothing. */
  rootKey: string | undefined
  /** Why it cannot be had. */
  because?: string
}

/** What the configuration says. Nobody's secrets are put into an archive that anybody can read. */
export async function vaultCapture(
  { VAULT_MODE: mode, BORG_ENCRYPTION: encryption, VAULT_KEY_FILE: file }: Config,
  { management }: Project,
  signal?: AbortSignal,
): Promise<VaultCapture> {
  if (mode !== 'root-key') return mode ?? (encryption === 'none' ? 'refused' : 'decrypted')
  const ask = () =>
    file === undefined ? management && fetchRootKey(management, signal) : readRootKeyFile(file)
  try {
    const rootKey = await ask()
    if (rootKey !== undefined) return { rootKey }
    const because =
      'There is neither SUPABASE_PROJECT_REF with SUPABASE_ACCESS_TOKEN, nor VAULT_KEY_FILE of a self-hosted server.'
    return { rootKey, because }
  } catch (error) {
    signal?.throwIfAborted()
    const { message, suggestion } = toBackupError(error, 'database/vault')
    return { rootKey: undefined, because: `${message} ${suggestion}` }
  }
}

/** Reads secrets in a way, and saves them. */
type Guarded = (fact: Fact<VaultSecret>) => Promise<{ rows: VaultSecret[]; findings: Finding[] }>

/** Writes the vault's secrets into a backup's folder, and the root key beside them where it is to be there. */
export async function captureVault(
  directory: string,
  capture: VaultCapture,
  guarded: Guarded,
): Promise<{ rows: VaultSecret[]; findings: Finding[] }> {
  if (typeof capture === 'string') {
    const { rows, findings } = await guarded(capture === 'decrypted' ? vaultSecrets : vaultSecretNames)
    return { rows, findings: [...findings, ...vaultFindings(rows, capture)] }
  }
  const { rootKey, because = '' } = capture
  if (rootKey === undefined) return decryptedAfterAll(guarded, 'vault-root-key-unknown', because)
  const { rows, findings } = await guarded(sealedVaultSecrets)
  const closed = rows.filter((row) => openedValue(row, rootKey) === null)
  if (closed.length > 0) {
    const which = closed.map(({ id, name }) => name ?? id).join(', ')
    return decryptedAfterAll(guarded, 'vault-root-key-unfit', `It does not open ${which}.`)
  }
  await writeFileAtomic(join(directory, rootKeyFile), `${rootKey}\n`)
  return { rows, findings }
}

async function decryptedAfterAll(guarded: Guarded, kind: keyof typeof noKey, because: string) {
  const { rows, findings } = await guarded(vaultSecrets)
  const message = `${noKey[kind]} The secrets of the vault are in it decrypted instead. ${because}`
  return {
    rows,
    findings: [
      ...findings,
      finding({ component: 'database', severity: 'degraded', kind, message, count: 1 }),
      ...vaultFindings(rows, 'decrypted'),
    ],
  }
}

const noKey = {
  'vault-root-key-unknown':
    "The root key of the project's vault is not in the backup, though VAULT_MODE=root-key asks for it.",
  'vault-root-key-unfit':
    "The root key that was found is not that of the project's vault, and not in the backup.",
} as const

/** What is to be said of secrets whose values the backup does not have. */
function vaultFindings(secrets: readonly VaultSecret[], capture: keyof typeof said): Finding[] {
  const without = secrets.filter(({ secret }) => secret === null)
  if (without.length === 0) return []
  return [
    finding({
      ...{ component: 'database', ...said[capture] },
      names: without.map(({ id, name }) => name ?? id),
    }),
  ]
}

const said = {
  decrypted: {
    severity: 'degraded',
    kind: 'vault-secret-unreadable',
    message: 'These secrets of the vault could not be decrypted and are not in the backup.',
  },
  skip: {
    severity: 'manual',
    kind: 'vault-secrets-skipped',
    message:
      'These secrets of the vault are not in the backup, as VAULT_MODE=skip says: create them by hand after a restore.',
  },
  refused: {
    severity: 'degraded',
    kind: 'vault-secrets-refused',
    message:
      'These secrets of the vault are not in the backup, as its repository is not encrypted (BORG_ENCRYPTION=none). Use an encrypted repository, or accept it with VAULT_MODE=skip.',
  },
} as const satisfies Record<string, Pick<Finding, 'severity' | 'kind' | 'message'>>
