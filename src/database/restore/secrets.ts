import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import { addSecrets } from '../../common/redact.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { quoteText } from '../sql/statements.ts'
import type { VaultSecret } from '../vault/secret.ts'

/**
 * Brings the vault's secrets back. As they are, with their ids, where the server opens them so and the role may write them; else
 * they are created anew, for ciphertext is worthless on a server with another root key: each gets a new id, which a foreign
 * server's options may name.
 */
export async function restoreSecrets(
  session: PsqlSession,
  secrets: readonly VaultSecret[],
  { targetHasVault, opensThem }: { targetHasVault: boolean; opensThem: boolean },
): Promise<Finding[]> {
  if (!targetHasVault)
    return said(
      'manual',
      'vault-missing',
      'The target has no vault: create these secrets there by hand.',
      secrets,
    )
  addSecrets(secrets.map(({ secret }) => secret ?? undefined))
  const known = secrets.filter(({ secret }) => secret !== null)
  const asTheyAre = opensThem && (await mayWriteRows(session))
  const statements = known.map((secret) => (asTheyAre && insertion(secret)) || creation(secret))
  if (statements.length > 0) await session.runUnshown(statements.join(''))
  return [
    ...said(
      'manual',
      'vault-secret-unknown',
      'The backup could not decrypt these secrets: create them by hand.',
      secrets.filter(({ secret }) => secret === null),
    ),
    ...said(
      'note',
      'vault-ids-changed',
      'These secrets have new ids; options of foreign servers that name the old ones need them.',
      known.filter(({ sealed }) => !asTheyAre || sealed === undefined),
    ),
  ]
}

/** A hosted project lets its role read and delete there only. */
async function mayWriteRows(session: PsqlSession): Promise<boolean> {
  const may = "SELECT has_table_privilege('vault.secrets', 'INSERT') AS may"
  return (await session.rows(may, z.object({ may: z.boolean() }))).some((row) => row.may)
}

function creation({ secret, name, description }: VaultSecret): string {
  return `SELECT vault.create_secret(${quoteText(secret ?? '')}, ${orNull(name)}, ${quoteText(description ?? '')});\n`
}

function insertion({ id, name, description, sealed }: VaultSecret): string | undefined {
  if (sealed === undefined) return undefined
  const values = [
    ...[quoteText(id), orNull(name), quoteText(description ?? ''), quoteText(sealed.secret)],
    ...[`decode(${orNull(sealed.nonce)}, 'hex')`, quoteText(sealed.created), quoteText(sealed.updated)],
  ]
  return `INSERT INTO vault.secrets (id, name, description, secret, nonce, created_at, updated_at) VALUES (${values.join(', ')});\n`
}

function orNull(text: string | null): string {
  return text === null ? 'NULL' : quoteText(text)
}

function said(
  severity: 'manual' | 'note',
  kind: string,
  message: string,
  list: readonly VaultSecret[],
): Finding[] {
  if (list.length === 0) return []
  const names = list.map(({ id, name }) => name ?? id)
  return [finding({ component: 'database', severity, kind, message, names })]
}
