/**
 * What a backup would fetch from Storage and what it would take from the generation before: `backup.sh --estimate`.
 *
 *     estimate.ts --scratch DIR [--previous DIR] [--bucket ID]... [--prefix PREFIX] [--object BUCKET/KEY]... [--json]
 *
 * Reads the catalogue from the database into DIR, or lists it through the Storage API where no database is configured;
 * fetches no object and changes nothing.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { failCommand } from './common/failure.ts'
import { createLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import { type Config, loadConfig } from './config/load.ts'
import { openSnapshot } from './database/connect/snapshot.ts'
import { renderEstimate } from './preflight/estimate.ts'
import { openOrigin, storageOf } from './project/project.ts'
import { toRunError } from './storage/api/access.ts'
import type { StorageEndpoint } from './storage/api/client.ts'
import { openConnection } from './storage/api/connection.ts'
import { writeCatalogue } from './storage/catalogue/catalogue.ts'
import { writeCatalogueFromApi } from './storage/catalogue/from-api.ts'
import { configuredScope, scopeFlags, scopeOf } from './storage/catalogue/scope-flags.ts'
import { estimateStorage } from './storage/mirror/estimate.ts'

const { values: options } = parseArgs({
  options: {
    scratch: { type: 'string', default: '' },
    previous: { type: 'string' },
    json: { type: 'boolean', default: false },
    ...scopeFlags,
  },
})

const log = createLog('estimate')

/** From the database, as a backup reads it; as the API lists it where there is none. */
async function readCatalogueInto(directory: string, config: Config): Promise<void> {
  const connection = openOrigin(config).database
  if (connection === undefined) return listThroughApi(directory, storageOf(openOrigin(config)))
  const snapshot = await openSnapshot(connection)
  try {
    await writeCatalogue({ client: snapshot.lead, directory })
  } finally {
    await snapshot.close()
  }
}

async function listThroughApi(directory: string, endpoint: StorageEndpoint): Promise<void> {
  const { client } = openConnection({ endpoint, log })
  try {
    await writeCatalogueFromApi({ client, directory })
  } catch (error) {
    throw toRunError(error)
  } finally {
    await client.close()
  }
}

async function estimate() {
  const config = loadConfig(process.env)
  const catalogue = join(options.scratch, 'catalogue')
  await readCatalogueInto(catalogue, config)
  return estimateStorage({
    ...{ catalogue, previous: options.previous },
    ...{ scope: configuredScope(config), fetch: scopeOf(options), log },
  })
}

try {
  const estimated = await estimate()
  printAnswer(options.json ? `${JSON.stringify(estimated)}\n` : renderEstimate(estimated))
} catch (thrown) {
  failCommand('estimate', thrown, options.json)
}
