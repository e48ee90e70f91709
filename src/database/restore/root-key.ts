import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { type Finding, finding } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { fetchRootKey, replaceRootKey } from '../../management-api/root-key.ts'
import { databaseOf, type Project, type ProjectApi } from '../../project/project.ts'
import { connect } from '../connect/connection.ts'
import type { DatabaseConnection } from '../connect/connection-string.ts'
import { readCatalogFacts } from '../facts/catalog-facts.ts'
import type { VaultSecret } from '../facts/services.ts'
import { savedRootKey } from '../vault/root-key.ts'

const phase = 'restore/root-key'

export interface RootKeyOptions {
  generation: string
  target: Project
  /** A throwaway server: its key is its own, and nothing of it is kept. */
  disposable: boolean
  log: Log
  signal?: AbortSignal | undefined
  /** How long a server may take until it uses a new key, in milliseconds: it has to start anew for that. */
  patienceMs?: number | undefined
}

/** What became of the root key of a target. */
export interface SettledRootKey {
  /** Whether the target opens the backup's secrets as they are: the rows may go there unchanged. */
  opens: boolean
  findings: Finding[]
  /** Whether the target has another key than it had. */
  isReplaced: boolean
  /** Gives the target back the key that it had, where another was set. */
  putBack(): Promise<void>
}

const untouched = { isReplaced: false, putBack: async () => {} }

/**
 * Sees to it that a target has the vault's root key of a backup that has one: by the Management API, before the transaction, as the
 * server reads the key when it starts. Where that cannot be, the target keeps its own; the secrets are opened with the backup's and
 * created anew, and a finding says what else that means.
 */
export async function settleRootKey(options: RootKeyOptions): Promise<SettledRootKey> {
  const { generation, target, disposable } = options
  const key = await savedRootKey(generation)
  if (key === undefined || disposable) return { opens: false, findings: [], ...untouched }
  const { secrets } = await readCatalogFacts(generation)
  const sample = secrets.find(({ sealed }) => sealed !== undefined)
  const opened = await opens(databaseOf(target), sample)
  if (opened === 'yes') return { opens: true, findings: [], ...untouched }
  try {
    if (target.management === undefined) throw noWay()
    const { management, isReplaced, putBack } = await replace(target.management, key, options)
    const isUsed =
      opened === 'unknown' ||
      (await untilUsed(options, sample).catch(async (error: unknown) => {
        await putBack()
        throw error
      }))
    if (isUsed) return { opens: opened === 'no', findings: isReplaced ? [replaced] : [], isReplaced, putBack }
    await putBack()
    throw notUsed(management.ref)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof BackupError)) throw error
    return { opens: false, findings: [keptKey(error)], ...untouched }
  }
}

/** Says before a restore that it would set the target's root key. */
export async function previewRootKey({
  generation,
  target,
  disposable,
}: Pick<RootKeyOptions, 'generation' | 'target' | 'disposable'>): Promise<Finding[]> {
  if (disposable || target.management === undefined) return []
  return (await savedRootKey(generation)) === undefined ? [] : [toBeReplaced]
}

async function replace(management: ProjectApi, key: string, { log, signal }: RootKeyOptions) {
  const former = await fetchRootKey(management, signal)
  const isReplaced = former !== key
  const putBack = async () => {
    if (isReplaced) await replaceRootKey(management, former)
  }
  if (isReplaced) {
    log.warn(
      'setting the root key of the vault: until this restore is through, nothing that the target encrypted can be read there',
    )
    // An answer that was lost, or not waited for, may still have been a yes.
    await replaceRootKey(management, key).catch(async (error: unknown) => {
      await putBack().catch(() => {})
      throw error
    })
  }
  return { management, isReplaced, putBack }
}

/** Waits until the server has started anew and opens the backup's secrets. @returns false where it does not in time */
async function untilUsed(
  { target, signal, patienceMs = 180_000 }: RootKeyOptions,
  sample: VaultSecret | undefined,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    if ((await opens(databaseOf(target), sample).catch(() => 'no')) === 'yes') return true
    signal?.throwIfAborted()
    if (performance.now() > deadline) return false
    await sleep(Math.min(2_000, patienceMs / 10))
  }
}

/** Whether a server opens a secret as it stands in the backup; not known where there is none to try, or no function for it. */
async function opens(
  database: DatabaseConnection,
  sample: VaultSecret | undefined,
): Promise<'yes' | 'no' | 'unknown'> {
  if (sample === undefined) return 'unknown'
  const { id, secret, sealed } = sample
  const client = await connect(database, phase)
  try {
    const { rows } = await client.query(
      `select convert_from(vault._crypto_aead_det_decrypt(message => decode($1, 'base64'),
         additional => convert_to($2, 'utf8'), key_id => 0, nonce => decode($3, 'hex')), 'utf8') = $4 as same`,
      [sealed?.secret, id, sealed?.nonce, secret],
    )
    return z.array(z.object({ same: z.boolean() })).parse(rows)[0]?.same ? 'yes' : 'no'
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    return unusable.has(error.code ?? '') ? 'unknown' : 'no'
  } finally {
    await client.end()
  }
}

/** No such function, no such schema, and no right to either. */
const unusable = new Set(['42883', '3F000', '42501'])

function noWay(): BackupError {
  return new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: 'There is no Management API to set it with.',
    suggestion:
      'To keep that readable on a self-hosted server, put database/vault-root.key of the backup in place of what its vault.getkey_script prints, start it anew, and restore again.',
    phase,
  })
}

function notUsed(ref: string): BackupError {
  return new BackupError({
    code: 'API_REFUSED',
    message: `The Management API took the backup's key for ${ref}, but its database does not open the secrets with it: the key before was put back.`,
    suggestion:
      'Where that matters, restart the database on its page of the Supabase dashboard, and restore again.',
    phase,
  })
}

function keptKey({ message, suggestion }: BackupError): Finding {
  return finding({
    ...{ component: 'database', severity: 'manual', kind: 'vault-root-key-not-set', count: 1 },
    message: `The target keeps its own root key. The secrets of the vault were created anew under it and can be read; whatever else the old server encrypted with pgsodium cannot. ${message} ${suggestion}`,
  })
}

const toBeReplaced = finding({
  ...{ component: 'database', severity: 'note', kind: 'vault-root-key-replaces', count: 1 },
  message:
    "The target's vault gets the backup's root key, where it has another: what the target itself has encrypted with its own can then no longer be read.",
})

const replaced = finding({
  ...{ component: 'database', severity: 'note', kind: 'vault-root-key-set', count: 1 },
  message: "The target has the root key of the backup's vault now.",
})
