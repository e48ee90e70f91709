import { z } from 'zod'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { serviceKeyProblem } from '../../config/keys.ts'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import { bucketRowSchema } from '../catalogue/rows.ts'
import { createStorageClient, type StorageEndpoint } from './client.ts'

const phase = 'storage/access'

function keyError(code: string, message: string, detail?: string): BackupError {
  return new BackupError({
    code,
    message,
    detail,
    suggestion:
      'Set SUPABASE_SERVICE_ROLE_KEY to the service_role (or sb_secret_) key of this project: Supabase dashboard, Project Settings, API Keys.',
    phase,
    exitCode: ExitCode.configuration,
  })
}

/**
 * Refuses a key that by its own words cannot see everything. The API answers a weak key's listing with success and
 * nothing in it, so an anon key would otherwise turn every object into "deleted".
 */
export function checkServiceRoleKey(key: string, now = new Date()): void {
  const problem = serviceKeyProblem('The Storage key', key, { ref: undefined, now })
  if (problem !== undefined) throw new BackupError({ ...problem, phase, exitCode: ExitCode.configuration })
}

/**
 * Ends a run whose key the service refuses before it does hours of other work. A service that does not answer now may
 * well do so by then.
 */
export async function refuseBadKey(endpoint: StorageEndpoint, signal: AbortSignal): Promise<void> {
  checkServiceRoleKey(endpoint.serviceRoleKey)
  const client = createStorageClient({ endpoint, connections: 1, stallMs: 10_000, signal })
  try {
    await client.once({ method: 'GET', path: '/bucket' }, z.unknown())
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof HttpError && error.kind === 'unauthorized') throw refusedKey(error)
  } finally {
    await client.close()
  }
}

/** The error for a run whose key is refused, at the start or half way. */
function refusedKey(error: HttpError): BackupError {
  const expired = error.message.includes('"exp" claim')
  return keyError(
    expired ? 'STORAGE_KEY_EXPIRED' : 'STORAGE_KEY_REFUSED',
    expired ? 'The Storage key has expired.' : 'The Storage API refuses the key.',
    error.message,
  )
}

/** Turns what ends a whole run into the error the operator reads; other errors pass. */
export function toRunError(error: unknown): unknown {
  if (!(error instanceof HttpError)) return error
  if (error.kind === 'unauthorized') return refusedKey(error)
  return new BackupError({
    code: error.retryable ? 'STORAGE_UNREACHABLE' : 'STORAGE_REFUSED',
    message: error.retryable
      ? 'The Storage API cannot be reached or does not answer properly.'
      : 'The Storage API refuses a request it should serve.',
    detail: error.message,
    suggestion: 'Check SUPABASE_URL (or SUPABASE_STORAGE_URL) and that the project is not paused.',
    phase: 'storage',
    cause: error,
  })
}

/**
 * Proves that the key sees the buckets that are known to exist, before anything missing is believed to be gone.
 *
 * @param ids - the buckets of the catalogue.
 * @returns the catalogue's buckets that no longer exist.
 * @throws BackupError when the service refuses the key or shows it none of the buckets.
 */
export async function checkAccess(client: HttpClient, ids: readonly string[]): Promise<string[]> {
  let listed: Set<string>
  try {
    const rows = await client.call({ method: 'GET', path: '/bucket' }, z.array(bucketRowSchema))
    listed = new Set(rows.map((row) => row.id))
  } catch (error) {
    throw toRunError(error)
  }
  const gone: string[] = []
  for (const id of ids.filter((id) => !listed.has(id))) {
    try {
      await client.call({ method: 'GET', path: `/bucket/${encodeURIComponent(id)}` }, z.unknown())
    } catch (error) {
      if (!(error instanceof HttpError) || error.kind !== 'missing') throw toRunError(error)
      gone.push(id)
    }
  }
  if (gone.length > 0 && gone.length === ids.length)
    throw keyError(
      'STORAGE_KEY_WEAK',
      `The database has ${ids.length} buckets, the Storage API shows none of them to this key.`,
      'A key of another project, or one without the service_role, sees no bucket.',
    )
  return gone
}
