import { sameValue } from '../../common/json-text.ts'
import { type Change, compareDescribed, type Described } from '../../diff/changes.ts'
import { readBucketsFile, readManifestRowsIfAny } from '../catalogue/manifests.ts'
import { mergeJoin } from '../catalogue/merge-join.ts'
import type { BucketRow, ManifestRow } from '../catalogue/rows.ts'

/** Names of a bucket's objects that are listed; `added`, `removed` and `changed` count all. */
const namesListed = 1_000

export interface BucketChange {
  bucket: string
  added: number
  removed: number
  /** Other bytes, or other attributes. */
  changed: number
  bytesBefore: number
  bytesAfter: number
  /** The first thousand, in byte order. */
  objects: { change: Change['change']; name: string }[]
}

export interface StorageChanges {
  /** Buckets themselves: added, removed, with other attributes. */
  buckets: Change[]
  /** Their objects; only buckets in which something changed. */
  objects: BucketChange[]
  /** Objects that are the same. */
  equal: number
}

/** Compares two backups of Storage by their manifests, a row at a time. */
export async function compareObjects(before: string, after: string): Promise<StorageChanges> {
  const [old, current] = [(await readBucketsFile(before)).buckets, (await readBucketsFile(after)).buckets]
  const result: StorageChanges = {
    buckets: compareDescribed(old.map(describeBucket), current.map(describeBucket)),
    objects: [],
    equal: 0,
  }
  const ids = new Set([...old, ...current].map(({ id }) => id))
  for (const bucket of [...ids].sort()) {
    const { change, equal } = await compareBucket(before, after, bucket)
    result.equal += equal
    if (change.added + change.removed + change.changed > 0) result.objects.push(change)
  }
  return result
}

function describeBucket({
  id,
  public: isPublic,
  type,
  file_size_limit,
  allowed_mime_types,
}: BucketRow): Described {
  const attributes = { public: isPublic, type, file_size_limit, allowed_mime_types }
  const lines = Object.entries(attributes).map(([name, value]) => `${name}: ${JSON.stringify(value ?? null)}`)
  return ['bucket', id, lines.join('\n')]
}

async function compareBucket(before: string, after: string, bucket: string) {
  const change: BucketChange = {
    ...{ bucket, added: 0, removed: 0, changed: 0, bytesBefore: 0, bytesAfter: 0, objects: [] },
  }
  let equal = 0
  const rows = mergeJoin(readManifestRowsIfAny(before, bucket), readManifestRowsIfAny(after, bucket))
  for await (const [was, is] of rows) {
    change.bytesBefore += was?.bytes ?? 0
    change.bytesAfter += is?.bytes ?? 0
    const became = changeOf(was, is)
    if (became === undefined) {
      equal += 1
      continue
    }
    change[became] += 1
    if (change.objects.length < namesListed)
      change.objects.push({ change: became, name: is?.name ?? was?.name ?? '' })
  }
  return { change, equal }
}

function changeOf(was: ManifestRow | undefined, is: ManifestRow | undefined): Change['change'] | undefined {
  if (was === undefined) return 'added'
  if (is === undefined) return 'removed'
  return sameValue(contentsOf(was), contentsOf(is)) ? undefined : 'changed'
}

/** What an object is, without when it was last looked at and how it came into the backup. */
function contentsOf({ sha256, metadata, user_metadata, owner_id }: ManifestRow) {
  return { sha256, metadata, user_metadata, owner_id }
}
