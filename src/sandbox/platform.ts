import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import type { PostgresServer } from './postgres.ts'

/** In this order; each file is one service or one concern of the platform. */
const files = [
  'roles',
  'database',
  'extensions',
  'vault',
  'vault-key',
  'auth-providers',
  'auth-users',
  'auth',
  'storage',
  'storage-functions',
  'realtime',
  'gateways',
  'event-triggers',
  'supautils',
] as const

export interface Platform {
  /** A connection string of `postgres`, who is not a superuser, as on the hosted platform. */
  url: string
}

/** One of the platform's SQL files. */
export function readPlatformSql(name: (typeof files)[number]): Promise<string> {
  return readFile(new URL(`platform/${name}.sql`, import.meta.url), 'utf8')
}

/**
 * Turns a fresh server into a hosted-like one: the platform's roles, schemas, services' tables, event triggers,
 * publications and default privileges, and `postgres` without superuser rights.
 * @param password of `postgres`; a random one unless given.
 */
export async function installPlatform(
  server: PostgresServer,
  password = randomBytes(18).toString('base64url'),
): Promise<Platform> {
  const client = new pg.Client({
    connectionString: server.url(server.superuser.user, server.superuser.password),
  })
  await client.connect()
  try {
    for (const name of files) await client.query(await readPlatformSql(name))
    await client.query(`ALTER ROLE postgres PASSWORD ${client.escapeLiteral(password)}`)
  } finally {
    await client.end()
  }
  return { url: server.url('postgres', password) }
}
