import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { silentLog } from '../../src/common/log.ts'
import { runProgram } from '../../src/common/process.ts'
import { backupDatabase } from '../../src/database/capture/backup.ts'
import type { VaultCapture } from '../../src/database/capture/vault.ts'
import type { PostgresClients } from '../../src/database/connect/client-programs.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { libpqArguments, libpqEnvironment, parseConnection } from '../../src/database/connect/connection.ts'
import { openSnapshot } from '../../src/database/connect/snapshot.ts'
import { prepareClients17 } from './clients-17.ts'
import type { TestPlatform } from './sandbox.ts'

/** Runs SQL over a connection of its own and returns the rows of the last statement. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(sql)
    return (Array.isArray(answer) ? answer.at(-1) : answer)?.rows ?? []
  } finally {
    await client.end()
  }
}

/** Clients that fit servers of this major; default: those of the tests' own major. */
export async function testClients(serverMajor: 15 | 17 = inject('major')): Promise<PostgresClients> {
  const pgBinDir = serverMajor === 17 ? (await prepareClients17()).binDirectory : undefined
  return findClients({ environment: process.env, serverMajor, pgBinDir, log: silentLog, phase: 'test' })
}

/** Backs up the database at `url` into a new generation without a manifest; the caller removes the folder. */
export async function backupInto(
  url: string,
  clients: PostgresClients,
  vault?: VaultCapture,
): Promise<string> {
  const generation = await mkdtemp(join(tmpdir(), 'generation-'))
  const connection = parseConnection({ url }, 'test')
  const snapshot = await openSnapshot(connection)
  try {
    await backupDatabase({ snapshot, connection, clients, generation, vault, jobs: 2, log: silentLog })
  } finally {
    await snapshot.close()
  }
  return generation
}

/** The schema as `pg_dump -s` prints it, with a fixed \restrict key. */
export async function schemaText(url: string, clients: PostgresClients): Promise<string> {
  const env = libpqEnvironment(parseConnection({ url }, 'test'))
  const args = [...libpqArguments, '--schema-only', '--restrict-key=test']
  const call = clients.command('pg_dump', args, env)
  return (await runProgram({ ...call, phase: 'test', suggestion: '' })).stdout
}

/** Every row of every table of the user's schemas, auth and storage, and the state of every sequence, as text. */
export async function contentsText(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`SET TimeZone = 'UTC'; SET search_path = pg_catalog; SET extra_float_digits = 3`)
    const { rows: relations } = await client.query<{ name: string; sequence: boolean }>(
      `SELECT format('%I.%I', nspname, relname) AS name, relkind = 'S' AS sequence
        FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE relkind IN ('r', 'm', 'S') AND NOT starts_with(nspname, 'pg_') AND nspname NOT IN ('information_schema', 'realtime', 'vault')
          AND (relkind <> 'm' OR relispopulated) ORDER BY 1`,
    )
    const lines: string[] = []
    for (const { name, sequence } of relations) {
      const columns = sequence ? 'last_value, is_called' : 't.*'
      const { rows } = await client.query<{ row: string }>(
        `SELECT ROW(${columns})::text AS row FROM ONLY ${name} t ORDER BY 1`,
      )
      lines.push(`${name}: ${rows.length}`, ...rows.map(({ row }) => row))
    }
    const { rows: objects } = await client.query<{ row: string }>(
      `SELECT oid || ' ' || pg_get_userbyid(lomowner) || ' ' || coalesce(lomacl::text, '') || ' ' || encode(lo_get(oid), 'hex') AS row
        FROM pg_largeobject_metadata ORDER BY oid`,
    )
    return [...lines, ...objects.map(({ row }) => row)].join('\n')
  } finally {
    await client.end()
  }
}

/** Roles, memberships and settings, as text. */
export async function rolesText(url: string): Promise<string> {
  const rows = await query(
    url,
    `SELECT ROW(rolname, rolcanlogin, rolcreaterole, rolbypassrls, rolconnlimit, rolvaliduntil)::text AS row FROM pg_roles
      UNION ALL SELECT ROW(roleid::regrole, member::regrole, admin_option)::text FROM pg_auth_members
      UNION ALL SELECT ROW(setdatabase, setrole::regrole, setconfig)::text FROM pg_db_role_setting ORDER BY 1`,
  )
  return rows.map(({ row }) => String(row)).join('\n')
}

/** All that a restore which fails must leave as it was, as text. */
export async function stateText(url: string, clients: PostgresClients): Promise<string> {
  return [await schemaText(url, clients), await contentsText(url), await rolesText(url)].join('\n')
}

/** Fills a platform with the hostile database. */
export async function installHostile(platform: TestPlatform): Promise<void> {
  const sqlFile = (name: string) => readFile(new URL(`${name}.sql`, import.meta.url), 'utf8')
  await query(platform.databaseUrl, await sqlFile('hostile'))
  if (platform.server.major < 17) await query(platform.databaseUrl, await sqlFile('hostile-before-17'))
  await query(platform.superuserUrl, 'ALTER ROLE postgres SUPERUSER')
  await query(platform.databaseUrl, await sqlFile('hostile-privileged'))
  await query(platform.superuserUrl, 'ALTER ROLE postgres NOSUPERUSER')
}
