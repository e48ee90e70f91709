import { join } from 'node:path'
import { BackupError } from '../common/errors.ts'
import type { Log } from '../common/log.ts'
import type { Config } from '../config/config.ts'
import { readCatalogFacts } from '../database/facts/catalog-facts.ts'
import { readContents } from '../database/rules/contents.ts'
import { isConfigured, settingsWith } from '../project/settings.ts'
import { findDrillImage } from './image.ts'
import { needsOf } from './needs.ts'
import { olderHere } from './packages.ts'
import { findDrillServer } from './server.ts'

/** Why no drill could restore a backup here, and what to do about it, or why one restores less than it could. */
export interface DrillNote {
  kind: 'drill-impossible' | 'drill-extensions-older'
  message: string
}

/**
 * What is to be noted of a database that was just backed up and that no drill could restore here: the reason and the ways there
 * are. The backup is none the worse for it. Nothing is fetched or started for this but a container of an image that is here.
 * @param options.clientMajor of the client programs that made the dump
 */
export async function noteOfDrill(options: {
  config: Config
  generation: string
  clientMajor: number
  log: Log
}): Promise<DrillNote | undefined> {
  const { config, generation, clientMajor, log } = options
  if (isConfigured(settingsWith('TEST_SUPABASE', config))) return undefined
  try {
    const contents = await readContents(join(generation, 'database', 'dump'))
    const needs = needsOf({ contents, recorded: await readCatalogFacts(generation) })
    const image = await findDrillImage({ config, log, fetch: false })
    const server = await findDrillServer({ ...needs, newestMajor: clientMajor }, image)
    if (server.older.length === 0) return undefined
    const { message, remedy } = await olderHere(needs.major, server)
    return { kind: 'drill-extensions-older', message: `${message} ${remedy}` }
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    return { kind: 'drill-impossible', message: `${error.message} ${error.suggestion}` }
  }
}
