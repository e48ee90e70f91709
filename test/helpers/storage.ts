import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type StorageApi, startStorageApi } from '../../src/standin/storage-api/server.ts'
import { encodeKey } from '../../src/storage/api/client.ts'
import { startTestPlatform } from './sandbox.ts'

/** A Storage API with its database: the stand-in, or a real server that STORAGE_TEST_* point at. */
export interface TestStorage {
  endpoint: { url: string; serviceRoleKey: string }
  /** A client as the superuser. */
  database: pg.Client
  databaseUrl: string
  /** A client as `postgres`, who is no superuser: what a restore has on the hosted platform. */
  operator: pg.Client
  /** Only of the stand-in: a real server has no faults to plant. */
  standIn: StorageApi | undefined
  /** The stand-in, in tests that cannot do without. */
  fake(): StorageApi
  createBucket(id: string, attributes?: Record<string, unknown>): Promise<void>
  /** Uploads as the API's own users do. */
  put(bucket: string, key: string, body: string | Buffer, headers?: Record<string, string>): Promise<void>
  remove(bucket: string, key: string): Promise<void>
  /** Moves or copies an object within the service. */
  relocate(
    how: 'move' | 'copy',
    from: { bucket: string; key: string },
    to: { bucket: string; key: string },
  ): Promise<void>
  get(bucket: string, key: string): Promise<Buffer>
  /** Removes every bucket with its objects, and all planted faults. */
  empty(): Promise<void>
  stop(): Promise<void>
}

export const realStorage = process.env['STORAGE_TEST_URL'] !== undefined
export const notStandIn = realStorage && 'a real server has no faults to plant, nor files to look at'

async function openDatabase(url: string): Promise<pg.Client> {
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  return database
}

/**
 * Starts the stand-in on a platform of its own, or connects to the real server of STORAGE_TEST_URL, STORAGE_TEST_KEY,
 * STORAGE_TEST_DATABASE_URL (as the superuser) and DATABASE_URL (as `postgres`).
 */
export async function startTestStorage(options: { backend?: 'file' | 's3' } = {}): Promise<TestStorage> {
  if (realStorage) {
    const databaseUrl = process.env['STORAGE_TEST_DATABASE_URL'] ?? ''
    const database = await openDatabase(databaseUrl)
    const endpoint = {
      url: process.env['STORAGE_TEST_URL'] ?? '',
      serviceRoleKey: process.env['STORAGE_TEST_KEY'] ?? '',
    }
    const operator = await openDatabase(process.env['DATABASE_URL'] ?? databaseUrl)
    const stop = async () => {
      await database.end()
      await operator.end()
    }
    return describeStorage({ endpoint, database, databaseUrl, operator, standIn: undefined, stop })
  }
  const platform = await startTestPlatform()
  const directory = await mkdtemp(join(tmpdir(), 'supabase-backup-storage-'))
  const standIn = await startStorageApi({
    databaseUrl: platform.superuserUrl,
    directory,
    jwtSecret: 'a-secret-of-at-least-thirty-two-characters',
    ...options,
  })
  const database = await openDatabase(platform.superuserUrl)
  const operator = await openDatabase(platform.databaseUrl)
  return describeStorage({
    endpoint: { url: standIn.url, serviceRoleKey: standIn.serviceRoleKey },
    database,
    databaseUrl: platform.superuserUrl,
    operator,
    standIn,
    async stop() {
      await database.end()
      await operator.end()
      await standIn.stop()
      await platform.stop()
      await rm(directory, { recursive: true, force: true })
    },
  })
}

function describeStorage(
  storage: Pick<TestStorage, 'endpoint' | 'database' | 'databaseUrl' | 'operator' | 'standIn' | 'stop'>,
): TestStorage {
  const { endpoint } = storage
  const call = async (method: string, path: string, init: RequestInit = {}) => {
    const response = await fetch(`${endpoint.url}${path}`, {
      ...init,
      method,
      headers: { authorization: `Bearer ${endpoint.serviceRoleKey}`, ...init.headers },
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const json = (body: unknown): RequestInit => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  const object = (bucket: string, key: string) => `${encodeURIComponent(bucket)}/${encodeKey(key)}`
  return {
    ...storage,
    fake() {
      if (storage.standIn === undefined) throw new Error('This test needs the stand-in.')
      return storage.standIn
    },
    async createBucket(id, attributes = {}) {
      await call('POST', '/bucket', json({ id, name: id, ...attributes }))
    },
    async put(bucket, key, body, headers = {}) {
      await call('POST', `/object/${object(bucket, key)}`, {
        body: typeof body === 'string' ? body : new Uint8Array(body),
        headers: { 'content-type': 'application/octet-stream', 'x-upsert': 'true', ...headers },
      })
    },
    async remove(bucket, key) {
      await call('DELETE', `/object/${encodeURIComponent(bucket)}`, json({ prefixes: [key] }))
    },
    async relocate(how, from, to) {
      const order = { bucketId: from.bucket, sourceKey: from.key }
      const destination = { destinationBucket: to.bucket, destinationKey: to.key }
      await call('POST', `/object/${how}`, json({ ...order, ...destination }))
    },
    async get(bucket, key) {
      const response = await call('GET', `/object/authenticated/${object(bucket, key)}`)
      return Buffer.from(await response.arrayBuffer())
    },
    async empty() {
      storage.standIn?.faults.clear()
      await storage.database.query(`begin; set local storage.allow_delete_query = 'true';
        delete from storage.objects; delete from storage.buckets; commit`)
    },
    stop: storage.stop,
  }
}
