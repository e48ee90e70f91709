import type { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import type { vaultSecrets } from '../facts/services.ts'

/**
 * What a backup has of the vault's secrets: their values, decrypted; or their names alone, as the operator said so (`skip`), or as
 * nobody said that they may stand in an archive that is not encrypted (`refused`).
 */
export type VaultCapture = 'decrypted' | 'skip' | 'refused'

type Secret = z.infer<(typeof vaultSecrets)['row']>

/** What is to be said of secrets whose values the backup does not have. */
export function vaultFindings(secrets: readonly Secret[], capture: VaultCapture): Finding[] {
  const without = secrets.filter(({ secret }) => secret === null)
  if (without.length === 0) return []
  return [
    finding({
      ...{ component: 'database', ...said[capture] },
      names: without.map(({ id, name }) => name ?? id),
    }),
  ]
}

const said: Record<VaultCapture, Pick<Finding, 'severity' | 'kind' | 'message'>> = {
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
}
