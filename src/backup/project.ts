import { BackupError, ExitCode } from '../common/errors.ts'
import type { Component } from '../common/findings.ts'
import type { Config } from '../config/load.ts'
import { type DatabaseConnection, parseConnection } from '../database/connect/connection.ts'
import type { StorageEndpoint } from '../storage/api/client.ts'
import type { Scope } from '../storage/catalogue/rows.ts'

/** The source's database; undefined when the configuration has none, and Storage is listed through its API instead. */
export function sourceDatabase(config: Config): DatabaseConnection | undefined {
  if (config.SUPABASE_DB_URL === undefined && config.SUPABASE_DB_PASSWORD === undefined) return undefined
  return parseConnection(
    {
      url: config.SUPABASE_DB_URL,
      ref: config.SUPABASE_PROJECT_REF,
      password: config.SUPABASE_DB_PASSWORD,
      pooler: config.SUPABASE_DB_POOLER,
    },
    'database/connect',
  )
}

/** The source's Storage API. @throws BackupError CONFIG_MISSING when address or key is not configured. */
export function sourceStorage(config: Config): StorageEndpoint {
  const { SUPABASE_STORAGE_URL: url, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey } = config
  if (url === undefined || serviceRoleKey === undefined)
    throw notConfigured('storage', 'SUPABASE_URL (or SUPABASE_PROJECT_REF) and SUPABASE_SERVICE_ROLE_KEY')
  return { url, serviceRoleKey }
}

/** The part of Storage that is backed up. */
export function storageScope({ STORAGE_INCLUDE, STORAGE_EXCLUDE }: Config): Scope {
  return { include: words(STORAGE_INCLUDE), exclude: words(STORAGE_EXCLUDE) }
}

/** Words separated by white space; undefined for none. */
function words(text: string | undefined): string[] | undefined {
  return text?.split(/\s+/).filter((word) => word !== '')
}

/** The error for a component that was asked for and cannot be reached for want of settings. */
export function notConfigured(component: Component, variables: string): BackupError {
  return new BackupError({
    code: 'CONFIG_MISSING',
    message: `The ${component} is to be backed up, but the configuration does not say where it is: it needs ${variables}.`,
    suggestion: `Set them in the env file, or leave it out with --skip ${component}.`,
    phase: `${component}/connect`,
    exitCode: ExitCode.configuration,
  })
}
