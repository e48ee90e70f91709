import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { type Finding, finding } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import type { ProjectApi } from '../../management-api/client.ts'
import { fetchRootKey, replaceRootKey } from '../../management-api/root-key.ts'
import { databaseOf, type Project } from '../../project/project.ts'
import { connect } from '../connect/connection.ts'
import type { DatabaseConnection } from '../connect/connection-string.ts'
import { readCatalogFacts } from '../facts/catalog-facts.ts'
import { savedRootKey } from '../vault/root-key.ts'
import type { VaultSecret } from '../vault/secret.ts'
import { type FormerRootKey, formerRootKey } from './former-root-key.ts'

const phase = 'restore/root-key'

export interface RootKeyOptions {
  generation: string
  target: Project
  /** A throwaway server: its key is its own, and nothing of it is kept. */
  disposable: boolean
  log: Log
  /** Where the key that the target had is kept while it has another, see `FormerRootKey`. */
  stateDirectory: string
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
  /** Gives the target back the key that it had, where another was set. @throws BackupError ROOT_KEY_NOT_PUT_BACK */
  putBack(): Promise<unknown>
  /** The restore is about to be committed: from then on the key that the target had is of no use, whoever ends this process. */
  endsWith(transaction: string): Promise<void>
  /** The restore is committed: the key that the target had opens nothing there any more. */
  forget(): Promise<void>
}

const untouched = {
  isReplaced: false,
  putBack: async () => {},
  endsWith: async () => {},
  forget: async () => {},
}

/**
 * Sees to it that a target has the vault's root key of a backup that has one: by the Management API, before the transaction, as the
 * server reads the key when it starts. Where that cannot be, the target keeps its own; the secrets are opened with the backup's and
 * created anew, and a finding says what else that means.
 */
export async function settleRootKey(options: RootKeyOptions): Promise<SettledRootKey> {
  const { generation, target, disposable, stateDirectory } = options
  if (disposable) return { opens: false, findings: [], ...untouched }
  const key = await savedRootKey(generation)
  const former = target.management && formerRootKey(stateDirectory, target.management, databaseOf(target))
  if (key === undefined) return { opens: false, ...(await settledBy(former)), findings: [] }
  const { secrets } = await readCatalogFacts(generation)
  const sample = secrets.find(({ sealed }) => sealed !== undefined)
  const opened = await opens(databaseOf(target), sample)
  if (opened === 'yes') return { opens: true, ...(await settledBy(former)) }
  try {
    if (target.management === undefined || former === undefined) throw noWay()
    await replace(target.management, former, key, options)
    const isUsed =
      opened === 'unknown' ||
      (await untilUsed(options, sample).catch(async (error: unknown) => {
        await former.putBack()
        throw error
      }))
    if (isUsed) return { opens: opened === 'no', ...(await settledBy(former)) }
    await former.putBack()
    throw notUsed(target.management.ref)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof BackupError) || error.code === 'ROOT_KEY_NOT_PUT_BACK') throw error
    return { opens: false, ...(await settledBy(former)), findings: [keptKey(error)] }
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

/** Whether the target has another key than its own: this restore set it, or an earlier one, which was killed. */
async function settledBy(former: FormerRootKey | undefined) {
  if ((await former?.read()) === undefined || former === undefined) return { findings: [], ...untouched }
  const { putBack, endsWith, forget } = former
  return { isReplaced: true, findings: [replaced], putBack, endsWith, forget }
}

/** Sets the backup's key, where the target has another, which is kept. */
async function replace(
  management: ProjectApi,
  former: FormerRootKey,
  key: string,
  { log, signal }: RootKeyOptions,
): Promise<void> {
  const current = await fetchRootKey(management, signal)
  if (current === key) return
  // What a restore that was killed has set is not the target's own, which is kept since then.
  if ((await former.read()) === undefined) await former.keep(current)
  log.warn(
    'setting the root key of the vault: until this restore is through, nothing that the target encrypted can be read there',
  )
  // An answer that was lost, or not waited for, may still have been a yes.
  await replaceRootKey(management, key).catch(async (error: unknown) => {
    await former.putBack()
    throw error
  })
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
