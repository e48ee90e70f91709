import { BackupError, ExitCode } from '../common/errors.ts'
import { formatBytes, plural } from '../common/units.ts'
import type { ComponentContents } from '../components/component.ts'
import { oneLine } from '../diff/lines.ts'
import { readBucketsFile, readManifestRows } from './catalogue/manifests.ts'
import { attributesOf, type ManifestRow, type ObjectState } from './catalogue/rows.ts'

/** So many folders and objects are listed of one folder. */
const mostListed = 1000

/** Buckets with their objects and sizes. */
export async function describeStorage(generation: string): Promise<ComponentContents> {
  const { buckets, totals } = await readBucketsFile(generation)
  const listed = buckets.map(({ id, name, public: isPublic }) => {
    const { objects, bytes } = totals[id] ?? { objects: 0, bytes: 0 }
    return { id, name, public: isPublic ?? false, objects, bytes }
  })
  return {
    document: { buckets: listed },
    lines: [
      `Storage: ${plural(listed.length, 'bucket')}`,
      ...listed.map(
        ({ id, objects, bytes }) => `  ${oneLine(id)}: ${plural(objects, 'object')}, ${formatBytes(bytes)}`,
      ),
    ],
  }
}

export interface Folder {
  bucket: string
  /** With which all names in it begin: empty, or ending in `/`. */
  prefix: string
  /** Folders in it, with all that is below them. */
  folders: { name: string; objects: number; bytes: number }[]
  objects: {
    name: string
    /** Null where the backup has no bytes of it. */
    bytes: number | null
    type: string | null
    updatedAt: string | null
    state: ObjectState
  }[]
  /** How many objects and folders there are beyond those listed. */
  more: number
}

/**
 * One folder of a bucket, as if `/` in names were folders.
 * @throws BackupError NOTHING_SELECTED
 */
export async function listFolder(
  generation: string,
  { bucket, prefix }: { bucket: string; prefix: string },
): Promise<Folder> {
  const { buckets } = await readBucketsFile(generation)
  if (!buckets.some(({ id }) => id === bucket)) throw noSuchBucket(bucket, buckets)
  const folders = new Map<string, Folder['folders'][number]>()
  const objects: Folder['objects'] = []
  let more = 0
  for await (const row of readManifestRows(generation, bucket)) {
    if (!row.name.startsWith(prefix)) continue
    const rest = row.name.slice(prefix.length)
    const slash = rest.indexOf('/')
    if (slash === -1) {
      if (objects.length < mostListed) objects.push(objectOf(row))
      else more += 1
      continue
    }
    const name = rest.slice(0, slash)
    const folder = folders.get(name)
    if (folder !== undefined) {
      folder.objects += 1
      folder.bytes += row.bytes ?? 0
    } else if (folders.size < mostListed) folders.set(name, { name, objects: 1, bytes: row.bytes ?? 0 })
    else more += 1
  }
  return { bucket, prefix, folders: [...folders.values()], objects, more }
}

function objectOf(row: ManifestRow): Folder['objects'][number] {
  const { name, bytes, updated_at: updatedAt, state } = row
  return { name, bytes, type: attributesOf(row).mimetype ?? null, updatedAt, state }
}

function noSuchBucket(bucket: string, buckets: readonly { id: string }[]): BackupError {
  const names = buckets.map(({ id }) => id).join(', ')
  return new BackupError({
    code: 'NOTHING_SELECTED',
    message: `The backup has no bucket ${bucket}.`,
    suggestion: names === '' ? 'It has no bucket at all.' : `It has ${names}.`,
    phase: 'contents',
    exitCode: ExitCode.usage,
  })
}

/** The same for people. */
export function folderLines({ folders, objects, more }: Folder): string[] {
  return [
    ...folders.map(
      ({ name, objects: count, bytes }) =>
        `${oneLine(name)}/  ${plural(count, 'object')}, ${formatBytes(bytes)}`,
    ),
    ...objects.map(
      ({ name, bytes }) => `${oneLine(name)}  ${bytes === null ? 'no bytes' : formatBytes(bytes)}`,
    ),
    ...(more > 0 ? [`and ${more.toLocaleString('en-US')} more`] : []),
  ]
}
