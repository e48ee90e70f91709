import { BackupError, ExitCode } from '../common/errors.ts'
import { type DatabaseConnection, parseConnection } from '../database/connection.ts'
import { referenceOf } from '../database/connection-string.ts'
import type { StorageEndpoint } from '../storage/client.ts'

/** Where a restore writes. */
export interface RestoreTarget {
  /** What people call it and type to confirm: the project reference, or the host of a project that has none. */
  reference: string
  database: DatabaseConnection
  /** A superuser of a disposable sandbox, for the few things only the platform's own may do. */
  superuser?: DatabaseConnection | undefined
  /** Undefined where the target's Storage is not configured: then only the database can be restored. */
  storage: StorageEndpoint | undefined
}

/** Variables that name a target: those of the drill, and those of one that the operator chose. */
export type TargetPrefix = 'TEST_' | 'TARGET_'

/**
 * The target that the variables `<prefix>SUPABASE_*` describe.
 * @returns undefined when they describe none
 * @throws BackupError TARGET_INCOMPLETE when there is an address but no way to its database
 */
export function configuredTarget(
  prefix: TargetPrefix,
  environment: NodeJS.ProcessEnv,
): RestoreTarget | undefined {
  const read = (name: string) => environment[`${prefix}SUPABASE_${name}`] || undefined
  const ref = read('PROJECT_REF')
  const url = read('URL') ?? (ref === undefined ? undefined : `https://${ref}.supabase.co`)
  const databaseUrl = read('DB_URL')
  const password = read('DB_PASSWORD')
  if (databaseUrl === undefined && password === undefined) {
    if (url === undefined) return undefined
    throw new BackupError({
      code: 'TARGET_INCOMPLETE',
      message: `The target ${ref ?? url} is configured, but not the way to its database.`,
      suggestion: `Set ${prefix}SUPABASE_DB_URL, or ${prefix}SUPABASE_PROJECT_REF and ${prefix}SUPABASE_DB_PASSWORD.`,
      phase: 'restore/target',
      exitCode: ExitCode.configuration,
    })
  }
  const options = { url: databaseUrl, ref, password, pooler: read('DB_POOLER') }
  const database = parseConnection(options, 'restore/target')
  const storageUrl =
    read('STORAGE_URL') ?? (url === undefined ? undefined : `${url.replace(/\/+$/, '')}/storage/v1`)
  const serviceRoleKey = read('SERVICE_ROLE_KEY')
  return {
    reference: ref ?? referenceOf(database) ?? database.host,
    database,
    storage:
      storageUrl === undefined || serviceRoleKey === undefined
        ? undefined
        : { url: storageUrl, serviceRoleKey },
  }
}
