import type pg from 'pg'
import { quoteName, quoteText } from '../database/statements.ts'
import type { Extension } from '../database/target.ts'
import { runPlatformFiles } from './platform.ts'

/** Extensions that every project is born with; the platform, not the restore, installs them. */
const bornWith = ['pg_stat_statements', 'pgcrypto', 'uuid-ossp', 'pgjwt', 'supabase_vault']

/** Extensions without files here, for which the sandbox has functions and tables of equal shape. */
const standIns = { pgjwt: 'pgjwt', supabase_vault: 'vault' } as const

export interface DrillExtensions {
  /** Installed by the superuser, where a hosted project lets `postgres` do it. */
  withMoreRights: string[]
  /** Stand-ins of equal shape. */
  stoodIn: string[]
  /** Not to be had. */
  missing: string[]
}

/**
 * Installs, as superuser, those of the backup's extensions that `postgres` cannot install here, and those a project is
 * born with. Trusted ones are left to the restore.
 */
export async function installDrillExtensions(
  client: pg.Client,
  wanted: readonly Extension[],
): Promise<DrillExtensions> {
  const result: DrillExtensions = { withMoreRights: [], stoodIn: [], missing: [] }
  const { rows } = await client.query<{ name: string; version: string; trusted: boolean }>(
    'SELECT name, version, trusted FROM pg_available_extension_versions',
  )
  await runPlatformFiles(client, ['register-extension'])
  const schemas = await client.query<{ name: string }>('SELECT nspname AS name FROM pg_namespace')
  for (const { name, schema, version } of wanted.toSorted((a, b) => bornRank(a) - bornRank(b))) {
    // One in a schema of the user's own has to wait until the restore makes that.
    if (!schemas.rows.some((existing) => existing.name === schema)) continue
    const versions = rows.filter((available) => available.name === name)
    const isBornWith = bornWith.includes(name)
    if (versions.length === 0) {
      const standIn = Object.entries(standIns).find(([extension]) => extension === name)?.[1]
      if (standIn) await runPlatformFiles(client, [standIn])
      result[standIn ? 'stoodIn' : 'missing'].push(name)
    } else if (isBornWith || !versions.every(({ trusted }) => trusted)) {
      const same = versions.some((available) => available.version === version)
      await client.query(
        `CREATE EXTENSION IF NOT EXISTS ${quoteName(name)} SCHEMA ${quoteName(schema)} ${same ? `VERSION ${quoteText(version)}` : ''} CASCADE`,
      )
      if (!isBornWith) result.withMoreRights.push(name)
    }
  }
  // The platform does so for each wrapper it installs.
  const wrappers = await client.query<{ name: string }>('SELECT fdwname AS name FROM pg_foreign_data_wrapper')
  for (const { name } of wrappers.rows)
    await client.query(`GRANT USAGE ON FOREIGN DATA WRAPPER ${quoteName(name)} TO postgres WITH GRANT OPTION`)
  return result
}

/** The stand-ins are made of pgcrypto. */
function bornRank({ name }: Extension): number {
  const rank = bornWith.indexOf(name)
  return rank === -1 ? bornWith.length : rank
}
