import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { writeJsonl } from '../../common/jsonl.ts'
import type { Snapshot } from '../connect/snapshot.ts'
import { largeObjects, readLargeObject, readLargeObjects } from '../facts/large-objects.ts'
import { readSequences, type Sequence, sequences } from '../facts/sequences.ts'

/** Reads the state of every sequence that the backup holds, into `sequences.jsonl`. */
export async function captureSequences(
  snapshot: Snapshot,
  directory: string,
  holds: (sequence: Sequence) => boolean = () => true,
): Promise<{ sequences: number }> {
  const rows = (await Array.fromAsync(readSequences(snapshot.lead))).filter(holds)
  await writeJsonl(join(directory, sequences.file), rows)
  return { sequences: rows.length }
}

/**
 * Hashes every large object the role can read, into `large-objects.jsonl`; with `copy` also their bytes, to
 * `large-objects/<oid>`, for a dump that had to leave large objects out. Where the backup is to hold none, the file is empty.
 */
export async function captureLargeObjects(
  snapshot: Snapshot,
  directory: string,
  options: { holds: boolean; copy: boolean },
): Promise<{ largeObjects: number; largeObjectBytes: number }> {
  const counts = { largeObjects: 0, largeObjectBytes: 0 }
  const oids: number[] = []
  await writeJsonl(
    join(directory, largeObjects.file),
    (async function* () {
      if (!options.holds) return
      for await (const row of readLargeObjects(snapshot.lead)) {
        counts.largeObjects += 1
        counts.largeObjectBytes += row.bytes
        if (options.copy) oids.push(row.oid)
        yield row
      }
    })(),
  )
  if (options.holds && options.copy) {
    await mkdir(join(directory, 'large-objects'), { mode: 0o700 })
    for (const oid of oids)
      await pipeline(
        readLargeObject(snapshot.lead, oid),
        createWriteStream(join(directory, 'large-objects', String(oid)), { mode: 0o600, flush: true }),
      )
  }
  return counts
}
