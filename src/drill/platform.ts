import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import type { PostgresServer } from './postgres.ts'

/** In this order; each file is one service or one concern of the platform. */
const files = [
  'roles',
  'public',
  'schemas',
  'register-extension',
  'extensions',
  'pgjwt',
  'vault',
  'vault-key',
  'ddl-watch',
  'auth-providers',
  'auth-users',
  'auth-factors',
  'auth',
  'storage',
  'storage-functions',
  'realtime',
  'gateways',
  'comments',
  'event-triggers',
  'supautils',
  'supautils-grants',
] as const

/** Of a drill's target alone. */
const drillFiles = ['cron', 'untrusted-contents'] as const

export interface Platform {
  /** A connection string of `postgres`, who is not a superuser, as on the hosted platform. */
  url: string
}

/** Runs some of the platform's SQL files, as the superuser and in one session: helpers are temporary. */
export async function runPlatformFiles(
  client: pg.Client,
  names: readonly (typeof files | typeof drillFiles)[number][],
): Promise<void> {
  for (const name of names)
    await client.query(await readFile(new URL(`platform/${name}.sql`, import.meta.url), 'utf8'))
}

/** The superuser of a sandbox server, connected. */
export async function connectSuperuser({ superuser, url }: PostgresServer): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url(superuser.user, superuser.password) })
  await client.connect()
  return client
}

/** A password nobody has to remember. */
export function randomPassword(): string {
  return randomBytes(18).toString('base64url')
}

/** Lets a role log in. */
export async function setPassword(client: pg.Client, password: string, role = 'postgres'): Promise<void> {
  await client.query(`ALTER ROLE ${client.escapeIdentifier(role)} PASSWORD ${client.escapeLiteral(password)}`)
}

/**
 * Turns a fresh server into a hosted-like one: the platform's roles, schemas, services' tables, event triggers,
 * publications and default privileges, and `postgres` without superuser rights.
 * @param password of `postgres`
 */
export async function installPlatform(
  server: PostgresServer,
  password = randomPassword(),
): Promise<Platform> {
  const client = await connectSuperuser(server)
  try {
    await runPlatformFiles(client, files)
    await setPassword(client, password)
  } finally {
    await client.end()
  }
  return { url: server.url('postgres', password) }
}
