import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Log } from '../../common/log.ts'
import type {
  BackupContext,
  ComponentBackup,
  ComponentEstimate,
  EstimateContext,
} from '../../components/component.ts'
import type { Config } from '../../config/config.ts'
import { connect } from '../../database/connect/connection.ts'
import { openSnapshot } from '../../database/connect/snapshot.ts'
import { openOrigin, storageOf } from '../../project/project.ts'
import { refuseBadKey, toRunError } from '../api/access.ts'
import { openConnection } from '../api/connection.ts'
import { writeCatalogue } from '../catalogue/catalogue.ts'
import { writeCatalogueFromApi } from '../catalogue/from-api.ts'
import { storageLayout } from '../catalogue/layout.ts'
import { configuredScope, scopeIn } from '../catalogue/scope-flags.ts'
import { estimateStorage } from './estimate.ts'
import { renderEstimate } from './estimate-text.ts'
import { mirrorStorage } from './mirror.ts'
import { type FindPlaces, findPlacesByRows } from './places.ts'

/** Writes the catalogue that a mirror works by, as the client's snapshot has it. */
export async function writeCatalogueOf(context: {
  client: pg.ClientBase
  generation: string
  signal: AbortSignal
}): Promise<void> {
  const directory = storageLayout(context.generation).catalogue
  await writeCatalogue({ client: context.client, directory, signal: context.signal })
}

export async function isCatalogueWritten(generation: string): Promise<boolean> {
  return access(join(storageLayout(generation).catalogue, 'index.json')).then(
    () => true,
    () => false,
  )
}

/** Mirrors the buckets and objects by the catalogue: the one written in the database's backup, or one read now. */
export async function backUpStorage(context: BackupContext): Promise<ComponentBackup> {
  const { config, generation, previous, salvage, flags, log, signal, known } = context
  const endpoint = await storageOf(openOrigin(config))
  await refuseBadKey(endpoint, signal)
  const snapshotAt = context.isInSnapshot ? null : await readCatalogue(config, generation, signal)
  const result = await mirrorStorage({
    ...{ endpoint, generation, previous, salvage, log, signal },
    concurrency: config.STORAGE_CONCURRENCY,
    scope: configuredScope(config),
    fetch: scopeIn(flags),
    egress: {
      perRun: config.STORAGE_EGRESS_BUDGET,
      perMonth: config.STORAGE_EGRESS_BUDGET_MONTH,
      bytesPerSecond: config.STORAGE_BANDWIDTH_LIMIT,
      ledger: join(config.STATE_DIR, 'egress.json'),
    },
    findPlaces: findPlacesOf(config),
    onFailure: (failed) => known.push(failed),
  })
  return { result, snapshotAt }
}

/** Where there is a database, by a session of its own: the snapshot's is long over. */
function findPlacesOf(config: Config): FindPlaces | undefined {
  const connection = openOrigin(config).database
  if (connection === undefined) return undefined
  return async (rows) => {
    const client = await connect(connection, 'storage/mirror')
    try {
      return await findPlacesByRows(client, rows)
    } finally {
      await client.end()
    }
  }
}

/** From the database, in a snapshot of its own; where there is none, the mirror lists the objects through the API. */
async function readCatalogue(
  config: Config,
  generation: string,
  signal: AbortSignal,
): Promise<string | null> {
  const connection = openOrigin(config).database
  if (connection === undefined) return null
  const snapshot = await openSnapshot(connection)
  try {
    await writeCatalogueOf({ client: snapshot.lead, generation, signal })
    return snapshot.takenAt
  } finally {
    await snapshot.close()
  }
}

/** What a backup would fetch, and what it would take from the generation before. */
export async function estimateComponent(context: EstimateContext): Promise<ComponentEstimate> {
  const { config, scratch, previous, flags, log } = context
  const catalogue = join(scratch, 'catalogue')
  await readCatalogueInto(catalogue, config, log)
  const estimated = await estimateStorage({
    ...{ catalogue, previous, log },
    ...{ scope: configuredScope(config), fetch: scopeIn(flags) },
  })
  return { document: { ...estimated }, text: renderEstimate(estimated) }
}

/** From the database, as a backup reads it; as the API lists it where there is none. */
async function readCatalogueInto(directory: string, config: Config, log: Log): Promise<void> {
  const origin = openOrigin(config)
  if (origin.database === undefined) {
    const { client } = openConnection({ endpoint: await storageOf(origin), log })
    try {
      await writeCatalogueFromApi({ client, directory })
    } catch (error) {
      throw toRunError(error)
    } finally {
      await client.close()
    }
    return
  }
  const snapshot = await openSnapshot(origin.database)
  try {
    await writeCatalogue({ client: snapshot.lead, directory })
  } finally {
    await snapshot.close()
  }
}
