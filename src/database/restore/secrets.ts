import { type Finding, finding } from '../../common/findings.ts'
import { addSecrets } from '../../common/redact.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { quoteText } from '../sql/statements.ts'

/**
 * Creates the vault's secrets anew: ciphertext is worthless on a server with another root key.
 * Each gets a new id, which a foreign server's options may name.
 */
export async function restoreSecrets(
  session: PsqlSession,
  secrets: CatalogFacts['secrets'],
  targetHasVault: boolean,
): Promise<Finding[]> {
  const note = (severity: 'manual' | 'note', kind: string, message: string, list: CatalogFacts['secrets']) =>
    list.length === 0
      ? []
      : [
          finding({
            component: 'database',
            severity,
            kind,
            message,
            names: list.map(({ id, name }) => name ?? id),
          }),
        ]
  if (!targetHasVault)
    return note(
      'manual',
      'vault-missing',
      'The target has no vault: create these secrets there by hand.',
      secrets,
    )
  addSecrets(secrets.map(({ secret }) => secret ?? undefined))
  const known = secrets.filter(({ secret }) => secret !== null)
  const calls = known.map(
    ({ secret, name, description }) =>
      `SELECT vault.create_secret(${quoteText(secret ?? '')}, ${name === null ? 'NULL' : quoteText(name)}, ${quoteText(description ?? '')});\n`,
  )
  if (calls.length > 0) await session.runUnshown(calls.join(''))
  return [
    ...note(
      'manual',
      'vault-secret-unknown',
      'The backup could not decrypt these secrets: create them by hand.',
      secrets.filter(({ secret }) => secret === null),
    ),
    ...note(
      'note',
      'vault-ids-changed',
      'These secrets have new ids; options of foreign servers that name the old ones need them.',
      known,
    ),
  ]
}
