import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Log } from '../../common/log.ts'
import type { Config } from '../../config/config.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import { findClients } from '../connect/clients.ts'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import { readContents } from '../rules/contents.ts'
import { emptyContents } from './no-dump.ts'

/**
 * Client programs that can read the generation's dump and speak to the target: of at least the newer one's major.
 * @param options.target undefined where there is none, or one that is made to fit the dump
 */
export async function restoreClients(options: {
  config: Config
  generation: string
  target: DatabaseConnection | undefined
  log: Log
}): Promise<PostgresClients> {
  const { config, generation, target, log } = options
  const majors = await dumpMajors(generation)
  if (target) majors.push(await serverMajor(target))
  return findClients({
    serverMajor: Math.max(...majors),
    pgBinDir: config.PG_BIN_DIR,
    pgImage: config.PG_IMAGE,
    runDirectory: config.RUN_DIRECTORY,
    environment: config.environment,
    log,
    phase: 'restore/clients',
  })
}

/** Of the server and of the program that dumped it; of a backup without a dump, of roles, of the server alone. */
async function dumpMajors(generation: string): Promise<number[]> {
  const dump = join(generation, 'database', 'dump')
  const { serverVersion, dumpVersion } = existsSync(dump)
    ? await readContents(dump)
    : await emptyContents(generation)
  return [serverVersion, dumpVersion].map((version) => Number.parseInt(version, 10))
}

async function serverMajor(target: DatabaseConnection): Promise<number> {
  const client = await connect(target, 'restore/target')
  try {
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int / 10000 as version`,
    )
    return rows[0]?.version ?? 0
  } finally {
    await client.end()
  }
}
