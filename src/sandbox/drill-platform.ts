import pg from 'pg'
import { type Finding, finding } from '../common/findings.ts'
import type { PostgresClients } from '../database/clients.ts'
import type { DatabaseConnection } from '../database/connection.ts'
import type { Contents, ContentsEntry } from '../database/contents.ts'
import { reservedRoles } from '../database/platform.ts'
import { openPsql } from '../database/psql.ts'
import type { Recorded } from '../database/recorded.ts'
import { decide } from '../database/rules.ts'
import { restoreSection } from '../database/sections.ts'
import { quoteName } from '../database/statements.ts'
import { type DrillExtensions, installDrillExtensions } from './drill-extensions.ts'
import { runPlatformFiles } from './platform.ts'

const phase = 'sandbox/drill'

/** What a restore leaves to its target, by the rule that says so: a drill's target is built of it. */
const platformRules = [
  'managed-objects',
  'comments-on-managed-tables',
  'platform-event-triggers',
  'platform-publications',
  'published-platform-tables',
  'platform-default-privileges',
  'satellites-of-others',
]

/** What a drill's target is built of. */
export interface DrillSource {
  /** Directory of the generation's dump. */
  dump: string
  /** The dump's table of contents. */
  contents: Contents
  /** The facts recorded with it. */
  recorded: Recorded
}

export interface DrillPlatformOptions extends DrillSource {
  /** The superuser's session, on a fresh server. */
  client: pg.Client
  /** The same, for psql. */
  superuser: DatabaseConnection
  clients: PostgresClients
  signal?: AbortSignal | undefined
}

/**
 * Builds the platform's part of a project from a backup's own dump, as superuser: the schemas of the services with their
 * tables as they were on the source, event triggers, publications, default privileges, and the rows that say which
 * migrations the services had run.
 * @throws when the dump's managed schemas cannot be restored on this server
 */
export async function buildPlatform(options: DrillPlatformOptions): Promise<Finding[]> {
  const { client, contents, recorded } = options
  const decisions = decide(contents.entries, recorded)
  await runPlatformFiles(client, ['roles', 'public'])

  const left = decisions.filter(({ rule }) => platformRules.includes(rule.id)).map(({ entry }) => entry)
  const schemas = decisions.filter(({ rule }) => rule.id === 'managed-schemas').map(({ entry }) => entry)
  await createRoles(client, recorded, [...left, ...schemas])
  for (const { tag, owner } of schemas)
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteName(tag)} AUTHORIZATION ${quoteName(owner)}`)
  const extensions = await installDrillExtensions(client, recorded.extensions)

  const present = new Set(contents.entries.map(({ dumpId }) => dumpId))
  const ofExtensions = (entry: ContentsEntry) =>
    entry.dependencies.length === 0 ? isSatellite(entry) : !entry.dependencies.some((id) => present.has(id))
  await restoreEntries(
    options,
    left.filter((entry) => !ofExtensions(entry)),
  )
  const refused = await runOneByOne(client, left.filter(ofExtensions))
  return [...extensionFindings(extensions), ...refusedFindings(refused)]
}

function isSatellite({ desc }: ContentsEntry): boolean {
  return ['ACL', 'COMMENT', 'SECURITY LABEL', 'POLICY'].includes(desc)
}

/** Roles that the platform's objects belong or are granted to: the platform's newer ones, and the user's. */
async function createRoles(
  client: pg.Client,
  recorded: Recorded,
  entries: readonly ContentsEntry[],
): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles')
  const existing = new Set(rows.map(({ name }) => name))
  const isMentioned = (role: string) =>
    entries.some(({ owner, defn }) => owner === role || defn.includes(role))
  for (const role of reservedRoles)
    if (!existing.has(role) && isMentioned(role)) await client.query(`CREATE ROLE ${quoteName(role)}`)
  // The user's belong to postgres, who will give them their attributes.
  await client.query('SET ROLE postgres')
  for (const { name } of recorded.roles)
    if (isMentioned(name)) await client.query(`CREATE ROLE ${quoteName(name)}`)
  await client.query('RESET ROLE')
}

/** Restores entries through psql in one transaction: definitions, then the services' migration records. */
async function restoreEntries(
  options: DrillPlatformOptions,
  entries: readonly ContentsEntry[],
): Promise<void> {
  const { client, superuser, clients, dump, signal } = options
  const { rows } = await client.query<{ version: number }>(
    `SELECT current_setting('server_version_num')::integer AS version`,
  )
  const records = options.contents.entries.filter(isMigrationRecord)
  const parts = [
    entries.filter(({ section }) => section === 'none' || section === 'pre-data'),
    records,
    entries.filter(({ section }) => section === 'post-data'),
  ]
  const session = openPsql({ clients, connection: superuser, signal, phase })
  try {
    await session.run('BEGIN;\n')
    for (const part of parts)
      await restoreSection({
        ...{ session, clients, dump, signal },
        entries: part,
        settings: 'SET LOCAL session_replication_role = replica;',
        serverVersion: rows[0]?.version ?? 0,
      })
    await session.run('COMMIT;\n')
  } finally {
    await session.close()
  }
}

function isMigrationRecord({ desc, namespace, tag }: ContentsEntry): boolean {
  return (
    desc === 'TABLE DATA' &&
    ['auth.schema_migrations', 'storage.migrations', 'realtime.schema_migrations'].includes(
      `${namespace}.${tag}`,
    )
  )
}

/** SQLSTATEs of a member that is not there (yet): its extension was not installed, or in another version. */
const absent = ['42P01', '42703', '42704', '42883', '3F000']

/**
 * Privileges and policies on members of extensions. Those on members that do not exist here are passed over.
 * @returns what was refused for another reason
 */
async function runOneByOne(client: pg.Client, entries: readonly ContentsEntry[]): Promise<string[]> {
  const refused: string[] = []
  for (const { defn, namespace, desc, tag } of entries)
    await client.query(defn).catch((error: unknown) => {
      if (error instanceof pg.DatabaseError && absent.includes(error.code ?? '')) return
      refused.push(`${desc} ${namespace}.${tag}`)
    })
  return refused
}

function extensionFindings({ withMoreRights, stoodIn, missing }: DrillExtensions): Finding[] {
  const found = (kind: string, severity: Finding['severity'], message: string, names: string[]) =>
    names.length === 0 ? [] : [finding({ component: 'database', severity, kind, message, names })]
  return [
    ...found(
      'drill-extensions-missing',
      'manual',
      'These extensions cannot be installed in the sandbox, so what they do was not drilled. A drill into a project of your own (TEST_SUPABASE_DB_URL) has them.',
      missing,
    ),
    ...found(
      'drill-extensions-stood-in',
      'note',
      'These extensions of the platform have stand-ins of equal shape in the sandbox.',
      stoodIn,
    ),
    ...found(
      'drill-more-rights',
      'note',
      'The sandbox installed these extensions as superuser; a hosted project lets postgres install them.',
      withMoreRights,
    ),
  ]
}

function refusedFindings(names: string[]): Finding[] {
  if (names.length === 0) return []
  return [
    finding({
      component: 'database',
      severity: 'note',
      kind: 'drill-privileges-differ',
      message: 'These privileges on members of extensions could not be given in the sandbox.',
      names,
    }),
  ]
}
