import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { installPlatform } from '../../src/drill/platform.ts'
import { startPostgres } from '../../src/drill/postgres.ts'
import { startStorageApi } from '../../src/standin/storage-api/server.ts'

/** The S3 route of a Storage service. */
export interface S3Route {
  url: string
  region: string
  accessKeyId: string
  secretAccessKey: string
}

/** The one bucket that everything is in. */
export const bucket = 'bench'

/** A Storage service with its database, both the benchmark's to fill and to empty. */
export interface StorageService {
  url: string
  serviceRoleKey: string
  /** As a superuser. */
  databaseUrl: string
  /** The stand-in has none. */
  s3: S3Route | undefined
  stop(): Promise<void>
}

const variables = z.object({
  STORAGE_TEST_URL: z.url(),
  STORAGE_TEST_KEY: z.string(),
  STORAGE_TEST_DATABASE_URL: z.url(),
})

const s3Variables = z.object({
  STORAGE_TEST_S3_URL: z.url(),
  STORAGE_TEST_S3_REGION: z.string(),
  STORAGE_TEST_S3_ACCESS_KEY_ID: z.string(),
  STORAGE_TEST_S3_SECRET_ACCESS_KEY: z.string(),
})

/** The service the environment points at, else a stand-in that is started for the benchmark. */
export async function openStorageService(environment: NodeJS.ProcessEnv): Promise<StorageService> {
  if (environment['STORAGE_TEST_URL'] === undefined) return startStandIn()
  const service = variables.parse(environment)
  await requireDisposable(service.STORAGE_TEST_DATABASE_URL)
  return {
    url: service.STORAGE_TEST_URL.replace(/\/$/, ''),
    serviceRoleKey: service.STORAGE_TEST_KEY,
    databaseUrl: service.STORAGE_TEST_DATABASE_URL,
    s3: environment['STORAGE_TEST_S3_URL'] === undefined ? undefined : s3Of(environment),
    stop: async () => {},
  }
}

/** The benchmark empties the service: it must not be one that anybody needs. */
async function requireDisposable(databaseUrl: string): Promise<void> {
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  const { rowCount } = await database.query('select from storage.buckets where id <> $1', [bucket])
  await database.end()
  if (rowCount !== 0) throw new Error('The service of STORAGE_TEST_URL holds buckets, and would be emptied.')
}

function s3Of(environment: NodeJS.ProcessEnv): S3Route {
  const route = s3Variables.parse(environment)
  return {
    url: route.STORAGE_TEST_S3_URL,
    region: route.STORAGE_TEST_S3_REGION,
    accessKeyId: route.STORAGE_TEST_S3_ACCESS_KEY_ID,
    secretAccessKey: route.STORAGE_TEST_S3_SECRET_ACCESS_KEY,
  }
}

/** The hosted platform's paid plans take objects far larger than the stand-in's usual 500 MiB. */
const limits = { global: 6 * 2 ** 30, standard: 6 * 2 ** 30 }

async function startStandIn(): Promise<StorageService> {
  const directory = await mkdtemp(join(tmpdir(), 'supabase-bench-storage-'))
  // PostgreSQL runs as a user of its own when we are root: it may pass through, not look around.
  await chmod(directory, 0o711)
  await mkdir(join(directory, 'objects'))
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), major: 15 })
  await installPlatform(postgres)
  const databaseUrl = postgres.url(postgres.superuser.user, postgres.superuser.password)
  const storage = await startStorageApi({
    databaseUrl,
    directory: join(directory, 'objects'),
    jwtSecret: randomBytes(32).toString('base64url'),
    limits,
  })
  const { url, serviceRoleKey } = storage
  return {
    url,
    serviceRoleKey,
    databaseUrl,
    s3: undefined,
    async stop() {
      await storage.stop()
      await postgres.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
