import { join } from 'node:path'
import { BackupError } from '../common/errors.ts'
import { type ComponentResult, finding } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { Config } from '../config/load.ts'
import { readCatalogFacts } from '../database/facts/catalog-facts.ts'
import { readContents } from '../database/rules/contents.ts'
import { isConfigured, settingsWith } from '../project/settings.ts'
import { findDrillImage } from './image.ts'
import { needsOf } from './needs.ts'
import { olderHere } from './packages.ts'
import { findDrillServer } from './server.ts'

/**
 * Adds a note to a database that was just backed up and that no drill could restore here: the reason and the ways there are.
 * The backup is none the worse for it. Nothing is fetched or started for this but a container of an image that is here.
 * @param options.clientMajor of the client programs that made the dump
 */
export async function addDrillFinding(options: {
  config: Config
  generation: string
  components: readonly ComponentResult[]
  clientMajor: number
  log: Log
}): Promise<void> {
  const { config, generation, clientMajor, log } = options
  const database = options.components.find(({ component }) => component === 'database')
  if (database === undefined || ['carried', 'skipped'].includes(database.status)) return
  if (isConfigured(settingsWith('TEST_SUPABASE', config))) return
  try {
    const contents = await readContents(join(generation, 'database', 'dump'))
    const needs = needsOf({ contents, recorded: await readCatalogFacts(generation) })
    const name = config.DRILL_IMAGE
    const image = name ? await findDrillImage({ name, log, fetch: false }) : undefined
    const server = await findDrillServer({ ...needs, newestMajor: clientMajor }, image)
    if (server.older.length === 0) return
    const { message, remedy } = await olderHere(needs.major, server)
    note(database, 'drill-extensions-older', `${message} ${remedy}`)
  } catch (error) {
    if (!(error instanceof BackupError)) throw error
    note(database, 'drill-impossible', `${error.message} ${error.suggestion}`)
  }
}

function note({ findings }: ComponentResult, kind: string, message: string): void {
  findings.push(finding({ component: 'database', severity: 'note', kind, message, count: 1 }))
}
