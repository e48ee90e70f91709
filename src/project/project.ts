import type { AuthEndpoint } from '../auth/api/endpoint.ts'
import { BackupError, ExitCode } from '../common/errors.ts'
import type { Config } from '../config/config.ts'
import { type DatabaseConnection, parseConnection } from '../database/connect/connection-string.ts'
import { type ProjectApi, platformApi } from '../management-api/client.ts'
import { openDatabaseLogin } from '../management-api/database-login.ts'
import { revealSecretKey } from '../management-api/secret-key.ts'
import type { StorageEndpoint } from '../storage/api/client.ts'
import { type ProjectSettings, projectReference, settingsWith } from './settings.ts'

/** A project and the ways to it, whoever uses it. */
export interface Project {
  /** What it is to the command: what a backup is taken of, or where a restore writes. */
  role: 'origin' | 'target'
  /** What people call it, and type to confirm a restore over it. */
  reference: string
  /** Undefined where only its API is configured. */
  database: DatabaseConnection | undefined
  /** Undefined where its Storage API is not configured, or its key not; see `storageOf`. */
  storage: StorageEndpoint | undefined
  /** The admin API of its users; undefined where its address or key is not configured; see `authOf`. */
  auth?: AuthEndpoint | undefined
  /** Where its Storage API is, whether a key for it is known or not. */
  storageUrl?: string | undefined
  /** The same of the admin API of its users. */
  authUrl?: string | undefined
  /** The Management API, which has what is neither rows nor objects; undefined without an access token, and self-hosted. */
  management?: ProjectApi | undefined
  /** Of a self-hosted stack: the folder on this machine that its functions are served from. */
  functionsFolder?: string | undefined
  /** Of a self-hosted stack: the `.env` on this machine that its services are configured by. */
  stackEnv?: string | undefined
  /** Of a throwaway target: its database by a port of the loopback interface, for programs that are not ours. */
  loopback?: DatabaseConnection | undefined
  /** Of a throwaway target: for what a hosted project lets postgres do and a plain server does not. */
  superuser?: DatabaseConnection | undefined
}

/** The project that the configuration is about. Ways that it does not know are undefined; `databaseOf` and `storageOf` say so. */
export function openOrigin(config: Config): Project {
  return { role: 'origin', ...waysTo(settingsWith('SUPABASE', config), 'database/connect') }
}

/**
 * The same for a look that somebody waits for (--check): an API that does not answer is asked once more, and not for a minute
 * and a half by each component.
 */
export function openOriginBriefly(config: Config): Project {
  return { role: 'origin', ...waysTo(settingsWith('SUPABASE', config), 'database/connect', 1) }
}

/**
 * The target that a project's settings describe.
 * @throws BackupError TARGET_INCOMPLETE without a way to anything in it
 */
export function openTarget(settings: ProjectSettings): Project {
  const target: Project = { role: 'target', ...waysTo(settings, 'restore/target') }
  if (target.database === undefined && target.storage === undefined) throw databaseUnknown(target)
  return target
}

function waysTo(settings: ProjectSettings, phase: string, retries?: number): Omit<Project, 'role'> {
  const { PROJECT_REF: ref, DB_URL: url, DB_PASSWORD: password, DB_POOLER: pooler } = settings
  const api = settings.URL ?? (ref === undefined ? undefined : `https://${ref}.supabase.co`)
  const storageUrl = settings.STORAGE_URL ?? (api && `${api.replace(/\/+$/, '')}/storage/v1`)
  const authUrl = api && `${api.replace(/\/+$/, '')}/auth/v1`
  const serviceRoleKey = settings.SERVICE_ROLE_KEY
  const management = managementOf(settings, retries)
  return {
    reference: projectReference(settings),
    database:
      url !== undefined || password !== undefined
        ? parseConnection({ url, ref, password, pooler }, phase)
        : management && loginOf(management),
    storage: storageUrl && serviceRoleKey ? { url: storageUrl, serviceRoleKey } : undefined,
    auth: authUrl && serviceRoleKey ? { url: authUrl, serviceRoleKey } : undefined,
    ...{ storageUrl, authUrl, management, functionsFolder: settings.FUNCTIONS_DIR },
    stackEnv: settings.STACK_ENV,
  }
}

function managementOf(
  { PROJECT_REF: ref, ACCESS_TOKEN: token, API_URL: url }: ProjectSettings,
  retries: number | undefined,
): ProjectApi | undefined {
  if (ref === undefined || token === undefined) return undefined
  return { endpoint: { url: url ?? platformApi, token, retries }, ref }
}

/**
 * The way by the Management API: for who has neither a connection string nor the password. It has one owner in a process, for
 * each password that is made makes the one before useless.
 */
function loginOf({ endpoint, ref }: ProjectApi): DatabaseConnection {
  const key = JSON.stringify([endpoint, ref])
  const login = logins.get(key) ?? openDatabaseLogin({ endpoint, ref })
  logins.set(key, login)
  return login
}

const logins = new Map<string, DatabaseConnection>()

/** The project's database. @throws BackupError CONFIG_MISSING or TARGET_INCOMPLETE where it is not known */
export function databaseOf(project: Project): DatabaseConnection {
  if (project.database) return project.database
  throw project.role === 'origin'
    ? notConfigured(
        'database',
        'SUPABASE_DB_URL, or SUPABASE_PROJECT_REF and either SUPABASE_DB_PASSWORD or SUPABASE_ACCESS_TOKEN',
      )
    : databaseUnknown(project)
}

/**
 * The project's Storage API. A key that is not set is asked of the Management API, where that is known.
 * @throws BackupError CONFIG_MISSING or TARGET_INCOMPLETE where it is not known
 */
export async function storageOf(project: Project): Promise<StorageEndpoint> {
  const { storage, storageUrl: url, management } = project
  if (storage) return storage
  if (url && management) return { url, serviceRoleKey: await revealSecretKey(management) }
  if (project.role === 'origin')
    throw notConfigured('storage', 'SUPABASE_URL (or SUPABASE_PROJECT_REF) and SUPABASE_SERVICE_ROLE_KEY')
  throw new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `Storage is to be restored to ${project.reference}, but its Storage API is not known.`,
    suggestion:
      'Give its address and service_role (or secret) key, or restore only the database: --only database.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}

/** The admin API of the project's users, with a key as for Storage. @throws BackupError as `storageOf` */
export async function authOf(project: Project): Promise<AuthEndpoint> {
  const { auth, authUrl: url, management } = project
  if (auth) return auth
  if (url && management) return { url, serviceRoleKey: await revealSecretKey(management) }
  if (project.role === 'origin')
    throw notConfigured('auth', 'SUPABASE_URL (or SUPABASE_PROJECT_REF) and SUPABASE_SERVICE_ROLE_KEY')
  throw new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `Users are to be restored to ${project.reference}, but the address of its API or the key for it is not known.`,
    suggestion:
      'Give its address (or project reference) and service_role (or secret) key, or leave them out: --skip auth.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}

function databaseUnknown({ reference }: Project): BackupError {
  return new BackupError({
    code: 'TARGET_INCOMPLETE',
    message: `The target ${reference} is configured, but not the way to its database.`,
    suggestion:
      'Give its connection string, or its project reference and either the database password or an access token.',
    phase: 'restore/target',
    exitCode: ExitCode.configuration,
  })
}

/** The error for a component that was asked for and cannot be reached for want of settings. */
function notConfigured(component: string, variables: string): BackupError {
  return new BackupError({
    code: 'CONFIG_MISSING',
    message: `The ${component} is to be backed up, but the configuration does not say where it is: it needs ${variables}.`,
    suggestion: `Set them in the env file, or leave it out with --skip ${component}.`,
    phase: `${component}/connect`,
    exitCode: ExitCode.configuration,
  })
}
