/**
 * What a backup would fetch from Storage and what it would take from the generation before: `backup.sh --estimate`.
 *
 *     estimate.ts --scratch DIR [--previous DIR] [--bucket ID]... [--prefix PREFIX] [--object BUCKET/KEY]... [--json]
 *
 * Reads the catalogue from the database into DIR; asks the Storage API for nothing and changes nothing.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { notConfigured, sourceDatabase, storageScope } from './backup/project.ts'
import { failCommand } from './common/failure.ts'
import { createLog } from './common/log.ts'
import { printAnswer } from './common/output.ts'
import { loadConfig } from './config/load.ts'
import { openSnapshot } from './database/connect/snapshot.ts'
import { renderEstimate } from './preflight/estimate.ts'
import { writeCatalogue } from './storage/catalogue/catalogue.ts'
import { scopeFlags, scopeOf } from './storage/catalogue/scope-flags.ts'
import { estimateStorage } from './storage/mirror/estimate.ts'

const { values: options } = parseArgs({
  options: {
    scratch: { type: 'string', default: '' },
    previous: { type: 'string' },
    json: { type: 'boolean', default: false },
    ...scopeFlags,
  },
})

async function estimate() {
  const config = loadConfig(process.env)
  const connection = sourceDatabase(config)
  if (connection === undefined) throw notConfigured('database', 'SUPABASE_DB_URL')
  const catalogue = join(options.scratch, 'catalogue')
  const snapshot = await openSnapshot(connection)
  try {
    await writeCatalogue({ client: snapshot.lead, directory: catalogue })
  } finally {
    await snapshot.close()
  }
  return estimateStorage({
    ...{ catalogue, previous: options.previous },
    ...{ scope: storageScope(config), fetch: scopeOf(options), log: createLog('estimate') },
  })
}

try {
  const estimated = await estimate()
  printAnswer(options.json ? `${JSON.stringify(estimated)}\n` : renderEstimate(estimated))
} catch (thrown) {
  failCommand('estimate', thrown, options.json)
}
