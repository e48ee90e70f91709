import { z } from 'zod'
import {
  connect,
  type DatabaseConnection,
  libpqEnvironment,
  reach,
  sessionSettings,
} from '../connect/connection.ts'

/** What pg_dump leaves as the role has it, although its text reads otherwise by it: strings, and amounts of money. */
const names = ['standard_conforming_strings', 'lc_monetary']

const settingRow = z.object({ name: z.string() })

/** pg_dump's helpers log in when it has read the catalogue, with the password it was given: it gets a fresh one; in milliseconds. */
const dumpLogins = 240_000

/**
 * The connection for a pg_dump, with the settings it does not make by itself, where the role or the database has been given
 * others. Only then: poolers ignore or refuse settings that come with a connection.
 */
export async function dumpEnvironment(
  wanted: DatabaseConnection,
  phase: string,
): Promise<Record<string, string>> {
  const connection = await reach(wanted, phase, dumpLogins)
  const client = await connect(connection, phase)
  try {
    const { rows } = await client.query(
      `select distinct split_part(setting, '=', 1) as name
       from pg_catalog.pg_db_role_setting cross join lateral unnest(setconfig) setting
       where setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
         and setrole in (0, (select oid from pg_catalog.pg_roles where rolname = session_user))
         and split_part(setting, '=', 1) = any ($1) order by 1`,
      [names],
    )
    const options = rows
      .map((row) => settingRow.parse(row))
      .map(({ name }) => `-c ${name}=${sessionSettings[name]}`)
    return { ...libpqEnvironment(connection), ...(options.length > 0 && { PGOPTIONS: options.join(' ') }) }
  } finally {
    await client.end()
  }
}
