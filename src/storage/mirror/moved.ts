import { rename, rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { BackupError } from '../../common/errors.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import { HttpError } from '../../http/error.ts'
import { toRunError } from '../api/access.ts'
import { isETagOfFile } from '../api/etag.ts'
import { readManifestRows } from '../catalogue/manifests.ts'
import { attributesOf, isArchived, type ManifestRow, type ObjectRow } from '../catalogue/rows.ts'
import { partialName } from './body.ts'
import { downloadObject } from './download.ts'
import { lastGoodCopy } from './fetch-object.ts'
import { chooserOf, findPlacesByListing, type Place } from './places.ts'
import { milliseconds } from './reuse.ts'
import type { Displaced, MirrorRun } from './run.ts'

/** Whether nothing is under an object's name any more, or another object is: its own bytes may be elsewhere. */
export function isDisplaced(row: ObjectRow, archived: ManifestRow): boolean {
  if (archived.state === 'deleted-since-snapshot') return true
  return archived.state === 'changed-since-snapshot' && row.id !== null && archived.id !== row.id
}

/**
 * Looks for the bytes of displaced objects where the service has them now, and archives what it finds under the name
 * and with the columns of the catalogue, since that is the snapshot's state. Rewrites the manifests of these buckets.
 *
 * @returns the final rows of all displaced objects.
 */
export async function bringDisplaced(run: MirrorRun): Promise<{ bucket: string; row: ManifestRow }[]> {
  const { displaced } = run
  if (displaced.length === 0) return []
  const placeOf = chooserOf(await findPlaces(run))
  const fetches: Promise<{ bucket: string; row: ManifestRow }>[] = []
  for (const one of displaced) {
    run.signal.throwIfAborted()
    const { bucket, row } = one.wanted
    const place = placeOf(row)
    const { result } = await run.limit.submit(async () =>
      place === undefined ? one.archived : await fetchFrom(run, one, place),
    )
    const final = result.then((found) => ({ bucket, row: found }))
    final.catch((error) => run.failure.abort(error))
    fetches.push(final)
  }
  const final = await Promise.all(fetches)
  await rewriteManifests(run, final)
  return final
}

/** From the database where there is one, else by listing. Where neither can be had, the objects stay named as they are. */
async function findPlaces(run: MirrorRun): Promise<Place[]> {
  const rows = run.displaced.map(({ wanted }) => wanted.row)
  try {
    if (run.findPlaces) return await run.findPlaces(rows)
  } catch (error) {
    run.log.warn(`objects that were moved are looked for by listing all: ${wordsOf(error)}`)
  }
  try {
    return await findPlacesByListing(run.archive.downloads.client, rows)
  } catch (error) {
    run.signal.throwIfAborted()
    if (error instanceof HttpError && error.kind === 'unauthorized') throw toRunError(error)
    if (!(error instanceof HttpError || error instanceof BackupError)) throw error
    run.log.warn(`objects that vanished were not looked for elsewhere: ${wordsOf(error)}`)
    return []
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function fetchFrom(run: MirrorRun, displaced: Displaced, place: Place): Promise<ManifestRow> {
  const { archive } = run
  const { wanted, archived } = displaced
  const size = attributesOf(wanted.row).size ?? 0
  // Newer bytes under the same name are worth more than none, or than those of a backup before.
  const otherwise = (state: 'unreadable' | 'postponed') =>
    isArchived(archived) ? archived : lastGoodCopy(archive, wanted, state)
  if (!archive.egress.reserve(size)) return otherwise('postponed')
  try {
    return (await fetchProved(run, displaced, place)) ?? archived
  } catch (error) {
    if (!(error instanceof HttpError) || error.kind === 'unauthorized') throw toRunError(error)
    return error.kind === 'missing' ? archived : otherwise('unreadable')
  } finally {
    archive.egress.release(size)
  }
}

/** @returns undefined where the bytes there turn out to be others than those the catalogue tells of. */
async function fetchProved(
  run: MirrorRun,
  { wanted, archived }: Displaced,
  place: Place,
): Promise<ManifestRow | undefined> {
  const { archive, counts } = run
  const { bucket, row, file } = wanted
  const { eTag = '' } = attributesOf(row)
  const aside = join(archive.layout.partial, `moved-${partialName(bucket, row.name, eTag)}`)
  const { downloads, weak } = archive
  const there = { bucket: place.bucket, row: { ...row, name: place.name }, target: aside, weak }
  const found = await downloadObject(downloads, there)
  if (found.changed && !(await isETagOfFile(eTag, aside, found.bytes))) {
    await rm(aside)
    return undefined
  }
  const time = new Date(milliseconds(row.updated_at) ?? Date.now())
  await utimes(aside, time, time)
  const target = archive.layout.object(bucket, file)
  archive.directories.forFile(target)
  await rename(aside, target)
  archive.counts.objectsFetched += isArchived(archived) ? 0 : 1
  archive.counts.bytesFetched += found.bytes - (archived.bytes ?? 0)
  counts.objectsMoved += 1
  run.moved.add('moved', `${bucket}/${row.name}`)
  const known = weak ? { user_metadata: found.row.user_metadata } : {}
  const { bytes, sha256, served } = found
  return { ...row, ...known, state: 'ok', file, bytes, sha256, served }
}

async function rewriteManifests(
  run: MirrorRun,
  final: readonly { bucket: string; row: ManifestRow }[],
): Promise<void> {
  const { layout } = run.archive
  const byBucket = Map.groupBy(final, ({ bucket }) => bucket)
  for (const [bucket, changed] of byBucket) {
    const byName = new Map(changed.map(({ row }) => [row.name, row]))
    const path = layout.manifest(bucket)
    async function* rows() {
      for await (const row of readManifestRows(run.generation, bucket)) yield byName.get(row.name) ?? row
    }
    await writeJsonl(`${path}.new`, rows())
    await rename(`${path}.new`, path)
  }
}
