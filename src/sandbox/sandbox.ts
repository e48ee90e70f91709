import { randomBytes } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { installPlatform } from '../drill/platform.ts'
import { type PostgresServer, startPostgres } from '../drill/postgres.ts'
import { type StorageApi, startStorageApi } from '../standin/storage-api/server.ts'
import { type ApplicationSize, type applicationSizes, installApplication } from './application.ts'
import { type SandboxApi, startProjectApi } from './project-api.ts'

export interface SandboxOptions {
  /** Everything the sandbox writes is in here; created if missing, never removed. */
  directory: string
  /** Default: 15, whose dumps every supported distribution's client programs can make. */
  major?: number | undefined
  /** What lives in the project; nothing with `false`. Default: `demo`. */
  application?: keyof typeof applicationSizes | ApplicationSize | false | undefined
  /** With a stand-in of the Management API, which has functions, secrets and settings. Default: without. */
  management?: boolean | undefined
  /** Stops the start, between its steps. */
  signal?: AbortSignal | undefined
}

export interface Sandbox {
  postgres: PostgresServer
  /** As `postgres`, who is not a superuser. */
  databaseUrl: string
  storage: StorageApi
  /** Undefined where it was not asked for. */
  management: SandboxApi | undefined
  /** The env file's variables that point the scripts at this project, with every place inside the directory. */
  environment(): Record<string, string>
  /** Stops all services. */
  stop(): Promise<void>
}

/** Starts a local Supabase-shaped project: PostgreSQL made hosted-like, the Storage API over it, and an application. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { directory, major = 15, application = 'demo', signal } = options
  await mkdir(join(directory, 'objects'), { recursive: true })
  // PostgreSQL runs as a user of its own when we are root: it may pass through, not look around.
  await chmod(directory, 0o711)
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), major })
  const closing = [() => postgres.stop()]
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    signal?.throwIfAborted()
    const { url: databaseUrl } = await installPlatform(postgres)
    const superuserUrl = postgres.url(postgres.superuser.user, postgres.superuser.password)
    const storage = await startStorageApi({
      databaseUrl: superuserUrl,
      directory: join(directory, 'objects'),
      jwtSecret: randomBytes(32).toString('base64url'),
    })
    closing.push(() => storage.stop())
    if (application !== false) await installApplication({ databaseUrl, storage, size: application })
    const management = options.management
      ? await startProjectApi({ superuserUrl, withApplication: application !== false })
      : undefined
    if (management) closing.push(() => management.api.stop())
    signal?.throwIfAborted()
    const passphrase = randomBytes(18).toString('base64url')
    return {
      postgres,
      databaseUrl,
      storage,
      management,
      environment: () => ({
        PROJECT_NAME: 'sandbox',
        ...management?.variables,
        SUPABASE_URL: new URL(storage.url).origin,
        SUPABASE_STORAGE_URL: storage.url,
        SUPABASE_DB_URL: databaseUrl,
        SUPABASE_SERVICE_ROLE_KEY: storage.serviceRoleKey,
        LOCAL_BACKUP_DIR: join(directory, 'local'),
        BORG_REPO: join(directory, 'borg'),
        BORG_BASE_DIR: join(directory, 'borg-home'),
        BORG_EXTRACT_DIR: join(directory, 'extract'),
        BORG_PASSPHRASE: passphrase,
      }),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
