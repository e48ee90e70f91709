import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { buckets, planObjects } from './application-objects.ts'
import { createUploader } from './uploader.ts'

export interface ApplicationSize {
  /** Users in auth.users. */
  users: number
  /** Rows in all of the application's tables together, roughly. */
  rows: number
  /** Objects in all buckets together. */
  objects: number
  /** Bytes of the one large object. */
  largestObject: number
}

export const applicationSizes = {
  /** For tests: everything there is, little of it. */
  small: { users: 12, rows: 600, objects: 40, largestObject: 300_000 },
  /** For the demo and for trying things by hand. */
  demo: { users: 200, rows: 50_000, objects: 1_000, largestObject: 20_000_000 },
} as const satisfies Record<string, ApplicationSize>

export interface ApplicationOptions {
  /** As `postgres`, who is not a superuser. */
  databaseUrl: string
  /** Where the objects go; none are made without. */
  storage?: { url: string; serviceRoleKey: string } | undefined
  /** Default: `demo`. */
  size?: keyof typeof applicationSizes | ApplicationSize | undefined
}

const files = [
  'schema-public',
  'schema-accounting',
  'functions',
  'security',
  'rows-auth',
  'rows-public',
  'rows-accounting',
] as const

/**
 * Installs an application with life in it into a hosted-like project, as its developers would: two schemas of tables,
 * functions, policies, roles, users and rows through `postgres`, buckets and objects through the Storage API.
 * Deterministic: the same size gives the same rows and bytes (oids, row versions and upload times apart).
 */
export async function installApplication(options: ApplicationOptions): Promise<void> {
  const size = sizeOf(options)
  await runFiles(options.databaseUrl, files, size)
  if (!options.storage) return
  const uploader = createUploader(options.storage)
  try {
    for (const bucket of buckets) await uploader.createBucket(bucket)
    await uploader.upload(planObjects(size.objects, size.largestObject))
  } finally {
    await uploader.close()
  }
}

/** What a day of use changed in the bucket, counted in objects. */
export interface ChangedObjects {
  /** Other bytes under the same key. */
  replaced: number
  /** Same bytes, other metadata. */
  relabelled: number
  added: number
  removed: number
}

/**
 * The day after: users come and change, rows are inserted, updated and deleted, a column is added, sequences and a large
 * object move; objects are replaced, relabelled, added and removed.
 */
export async function changeApplication(options: ApplicationOptions): Promise<ChangedObjects> {
  const size = sizeOf(options)
  await runFiles(options.databaseUrl, ['change-rows'], size)
  const changed = { replaced: 0, relabelled: 0, added: 0, removed: 0 }
  if (!options.storage) return changed
  const uploader = createUploader(options.storage)
  try {
    const [first, second, ...others] = planObjects(size.objects, size.largestObject).filter(
      ({ bucket, bytes }) => bucket === 'avatars' && bytes > 0,
    )
    if (!first || !second) return changed
    const replaced = others.slice(0, 5)
    await uploader.upload(replaced, 2)
    await uploader.changeMetadata({ ...first, cacheControl: 'max-age=60', userMetadata: { retouched: true } })
    await uploader.remove([second])
    await uploader.upload([{ ...first, key: 'newcomer/avatar.png' }])
    return { replaced: replaced.length, relabelled: 1, added: 1, removed: 1 }
  } finally {
    await uploader.close()
  }
}

function sizeOf({ size = 'demo' }: ApplicationOptions): ApplicationSize {
  return typeof size === 'string' ? applicationSizes[size] : size
}

/** Runs SQL files in one session: helpers made by one in pg_temp serve the next. */
async function runFiles(databaseUrl: string, names: readonly string[], size: ApplicationSize): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'sandbox application' })
  await client.connect()
  try {
    await client.query(
      `SELECT set_config('application.users', $1::text, false), set_config('application.rows', $2::text, false)`,
      [size.users, size.rows],
    )
    for (const name of names)
      await client.query(await readFile(new URL(`application/${name}.sql`, import.meta.url), 'utf8'))
  } finally {
    await client.end()
  }
}
