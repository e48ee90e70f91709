import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComponentResult } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { createProgress, type Progress, type ProgressPart } from '../../common/progress.ts'
import { createCircuitBreaker } from '../../http/circuit-breaker.ts'
import type { HttpClient } from '../../http/client.ts'
import type { AdaptiveLimit } from '../../http/concurrency.ts'
import { checkAccess, toRunError } from '../api/access.ts'
import { type ConnectionOptions, openConnection } from '../api/connection.ts'
import { serviceDown } from '../api/error.ts'
import { type Catalogue, readCatalogue } from '../catalogue/catalogue.ts'
import { listBuckets, writeCatalogueFromApi } from '../catalogue/from-api.ts'
import { type StorageLayout, storageLayout } from '../catalogue/layout.ts'
import type { ManifestRow, ObjectState, Scope } from '../catalogue/rows.ts'
import { createSelection, type Selection } from '../catalogue/select.ts'
import { refuseUnmetInProject } from '../catalogue/wishes.ts'
import { createEgress, type Egress, type EgressOptions } from './egress.ts'
import type { FetchContext, WantedObject } from './fetch-object.ts'
import type { OutcomeCounter } from './outcome-counter.ts'
import { createMirrorOutcomes, createMismatches, createMoved, createStalls } from './outcomes.ts'
import type { FindPlaces } from './places.ts'
import { createDirectoryMaker } from './reuse.ts'

export interface MirrorOptions extends ConnectionOptions {
  /** The new generation's directory, into whose `storage` folder the catalogue was written. */
  generation: string
  /** The generation before: what is unchanged is linked from it. */
  previous?: string | undefined
  /** Staging directories of runs that died: what they had fetched is not fetched again. */
  salvage?: readonly string[] | undefined
  /** What the backup is about; recorded in the generation. Default: everything. */
  scope?: Scope | undefined
  /**
   * What of that is fetched in this run. The rest is carried over where it did not change; where it did, its last good
   * copy is kept and it waits for a later run. Default: everything.
   */
  fetch?: Scope | undefined
  egress?: EgressOptions | undefined
  /** Asks the database where objects have gone. Default: every bucket is listed, if any object has. */
  findPlaces?: FindPlaces | undefined
  /** Is told what a run that fails had come to: what it received was received all the same. */
  onFailure?: ((result: ComponentResult) => void) | undefined
}

/** An object that was no longer under the name it has in the catalogue, and what is in the generation for it so far. */
export interface Displaced {
  wanted: WantedObject
  archived: ManifestRow
}

/** A mirror under way. */
export interface MirrorRun {
  catalogue: Catalogue
  /** Buckets of the catalogue that the service no longer has. */
  gone: string[]
  generation: string
  previous: string | undefined
  scope: Scope
  selection: Selection
  archive: FetchContext
  limit: AdaptiveLimit
  egress: Egress
  outcomes: OutcomeCounter<ObjectState>
  /** Objects that were found under another name. */
  moved: OutcomeCounter<'moved'>
  /** Objects that were no longer under their name when they were to be fetched. */
  displaced: Displaced[]
  findPlaces: FindPlaces | undefined
  /** Objects whose bytes are not those of their rows. */
  mismatches: OutcomeCounter<'mismatch'>
  /** Objects and archived bytes by bucket. */
  totals: Record<string, { objects: number; bytes: number }>
  counts: Record<
    'objectsReused' | 'bytesReused' | 'objectsMoved' | 'objectsRemoved' | 'objectsExcluded',
    number
  >
  /** Objects being fetched or queued. */
  tasks: Set<Promise<unknown>>
  progress: Progress
  /** Of the buckets under way. */
  parts: Map<string, ProgressPart>
  log: Log
  /** Fires when the run is interrupted or cannot go on. */
  signal: AbortSignal
  /** Ends the run with the reason given. */
  failure: AbortController
  close(): Promise<void>
}

/** Checks key and service, reads (or lists) the catalogue, and makes the folders. */
export async function openMirrorRun(options: MirrorOptions): Promise<MirrorRun> {
  const { log, generation } = options
  const { client, limit, concurrency, signal, failure } = openConnection(options)
  try {
    const layout = storageLayout(generation)
    const catalogue = await openCatalogue(client, layout)
    await refuseUnmetInProject(layout.catalogue, catalogue, options.fetch ?? {})
    const gone = await checkAccess(
      client,
      catalogue.buckets.map((bucket) => bucket.row.id),
    )
    for (const path of [layout.partial, join(layout.root, 'manifest'), join(layout.root, 'objects')])
      await mkdir(path, { recursive: true, mode: 0o700 })
    const egress = createEgress(options.egress)
    const selection = createSelection(options.scope ?? {})
    const progress = createProgress(log, 'storage', {
      component: 'storage',
      unit: 'objects',
      total: catalogue.buckets
        .filter(({ row }) => selection.bucket(row.id))
        .reduce((sum, { objects }) => sum + objects, 0),
      retries: () => client.counts.retries,
    })
    const weak = catalogue.source === 'api'
    return {
      catalogue,
      gone,
      generation,
      previous: options.previous,
      scope: options.scope ?? {},
      selection,
      archive: openFetchContext(options, { client, egress, concurrency, weak, progress }),
      limit,
      egress,
      outcomes: createMirrorOutcomes(),
      moved: createMoved(),
      displaced: [],
      findPlaces: options.findPlaces,
      mismatches: createMismatches(),
      totals: {},
      counts: { objectsReused: 0, bytesReused: 0, objectsMoved: 0, objectsRemoved: 0, objectsExcluded: 0 },
      tasks: new Set(),
      progress,
      parts: new Map(),
      log,
      signal,
      failure,
      async close() {
        egress.save()
        await client.close()
      },
    }
  } catch (error) {
    await client.close()
    throw error
  }
}

async function openCatalogue(client: HttpClient, layout: StorageLayout): Promise<Catalogue> {
  if (existsSync(join(layout.catalogue, 'index.json'))) return readCatalogue(layout.catalogue)
  try {
    return await writeCatalogueFromApi({ client, directory: layout.catalogue })
  } catch (error) {
    throw toRunError(error)
  }
}

function openFetchContext(
  options: MirrorOptions,
  run: { client: HttpClient; egress: Egress; concurrency: number; weak: boolean; progress: Progress },
): FetchContext {
  const layout = storageLayout(options.generation)
  return {
    layout,
    previous: options.previous === undefined ? undefined : storageLayout(options.previous),
    crashed: (options.salvage ?? []).map(storageLayout),
    directories: createDirectoryMaker(),
    downloads: {
      client: run.client,
      partial: layout.partial,
      pace: (bytes) => run.egress.pace(bytes),
      received(bytes) {
        run.egress.received(bytes)
        run.progress.add(0, bytes)
      },
      etags: { areMd5: false, unproven: 0 },
    },
    egress: run.egress,
    wanted: createSelection(options.fetch ?? {}),
    breaker: createCircuitBreaker({
      serviceDown,
      threshold: Math.max(20, 2 * run.concurrency),
      probe: () => listBuckets(run.client),
    }),
    stalls: createStalls(),
    weak: run.weak,
    counts: { objectsFetched: 0, bytesFetched: 0, objectsSalvaged: 0, bytesSalvaged: 0 },
  }
}
