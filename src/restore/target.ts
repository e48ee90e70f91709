import { BackupError, ExitCode } from '../common/errors.ts'
import { type DatabaseConnection, parseConnection } from '../database/connect/connection.ts'
import { type TargetSettings, targetReference } from '../interactive/target.ts'
import type { StorageEndpoint } from '../storage/api/client.ts'

/** Where a restore writes. */
export interface RestoreTarget {
  /** What people call it and type to confirm. */
  reference: string
  /** Undefined where only the target's API is configured: then only Storage can be restored. */
  database: DatabaseConnection | undefined
  /** Undefined where the target's Storage API is not configured: then only the database can be restored. */
  storage: StorageEndpoint | undefined
  /** Of a throwaway target: its database by a port of the loopback interface, for programs that are not ours. */
  loopback?: DatabaseConnection | undefined
  /** Of a throwaway target: for what a hosted project lets postgres do and a plain server does not. */
  superuser?: DatabaseConnection | undefined
}

/**
 * The target that a project's settings describe.
 * @throws BackupError TARGET_INCOMPLETE without a way to anything in it
 */
export function openTarget(settings: TargetSettings): RestoreTarget {
  const { PROJECT_REF: ref, DB_URL: url, DB_PASSWORD: password, DB_POOLER: pooler } = settings
  const api = settings.URL ?? (ref === undefined ? undefined : `https://${ref}.supabase.co`)
  const storageUrl = settings.STORAGE_URL ?? (api && `${api.replace(/\/+$/, '')}/storage/v1`)
  const serviceRoleKey = settings.SERVICE_ROLE_KEY
  const reference = targetReference(settings)
  const hasDatabase = url !== undefined || password !== undefined
  const storage = storageUrl && serviceRoleKey ? { url: storageUrl, serviceRoleKey } : undefined
  if (!hasDatabase && storage === undefined) throw databaseUnknown(reference)
  const database = hasDatabase ? parseConnection({ url, ref, password, pooler }, 'restore/target') : undefined
  return { reference, database, storage }
}

function databaseUnknown(reference: string): BackupError {
  return new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `The target ${reference} is configured, but not the way to its database.`,
    suggestion: 'Give its connection string, or its project reference and database password.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}

/** The target's database. @throws BackupError TARGET_INCOMPLETE where it is not known */
export function databaseOf({ database, reference }: RestoreTarget): DatabaseConnection {
  if (database) return database
  throw databaseUnknown(reference)
}

/** The target's Storage API. @throws BackupError TARGET_INCOMPLETE where it is not known */
export function storageOf({ storage, reference }: RestoreTarget): StorageEndpoint {
  if (storage) return storage
  throw new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `Storage is to be restored to ${reference}, but its Storage API is not known.`,
    suggestion:
      'Give its address and service_role (or secret) key, or restore only the database: --only database.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}

/** The settings that the picker, or flags, chose: `TARGET_SUPABASE_*` of the environment. */
export function chosenSettings(environment: NodeJS.ProcessEnv): TargetSettings {
  const prefix = 'TARGET_SUPABASE_'
  return Object.fromEntries(
    Object.entries(environment)
      .filter(([name, value]) => name.startsWith(prefix) && value)
      .map(([name, value]) => [name.slice(prefix.length), value]),
  )
}
