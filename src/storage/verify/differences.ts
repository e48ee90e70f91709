import { compareBytes } from '../catalogue/merge-join.ts'

/** One way in which a target (or a generation's files) is not what the manifests say. */
export interface StorageDifference {
  kind:
    | 'bucket-missing'
    | 'bucket-extra'
    | 'bucket-attributes'
    | 'object-missing'
    | 'object-extra'
    | 'bytes'
    | 'mimetype'
    | 'cache-control'
    | 'robots-tag'
    | 'user-metadata'
    | 'metadata'
    | 'object-column'
    | 'file-missing'
    | 'file-size'
    | 'file-sha256'
    | 'file-extra'
  /** A bucket, or `bucket/key`. */
  name: string
  detail?: string | undefined
}

export interface StorageVerification {
  ok: boolean
  /** The first thousand; `counts.differences` is the number of all. */
  differences: StorageDifference[]
  counts: Record<string, number>
}

const kept = 1_000

/** Collects differences without keeping a million of them. */
export function createDifferences() {
  const differences: StorageDifference[] = []
  let count = 0
  return {
    add(kind: StorageDifference['kind'], name: string, detail?: string) {
      count += 1
      if (differences.length < kept) differences.push({ kind, name, detail })
    },
    result(counts: Record<string, number>): StorageVerification {
      // Objects are compared several at a time; reports of equal verifications are to be equal.
      const sorted = differences.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.kind, b.kind))
      return { ok: count === 0, differences: sorted, counts: { ...counts, differences: count } }
    },
  }
}

export type Differences = ReturnType<typeof createDifferences>
