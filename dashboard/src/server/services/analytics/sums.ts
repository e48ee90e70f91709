import { sql } from 'drizzle-orm'
import { runSums } from '../../db/schema/index.ts'

const sum = (column: Parameters<typeof sql>[1]) => sql<number>`sum(${column})`

/** How it went. */
const outcomeColumns = {
  good: sum(runSums.good),
  degraded: sum(runSums.degraded),
  failed: sum(runSums.failed),
  unreadable: sum(runSums.unreadable),
  lastGoodAt: sql<number | null>`max(${runSums.lastGoodAt})`,
}

/** What is summed up of many rows of `run_sums` at once, by kind: nothing that the indexes of that table do not have. */
export const summedColumns = {
  backup: {
    ...outcomeColumns,
    seconds: sum(runSums.seconds),
    longestSeconds: sql<number>`max(${runSums.longestSeconds})`,
    archiveRunSeconds: sum(runSums.archiveRunSeconds),
    originalBytes: sum(runSums.originalBytes),
    compressedBytes: sum(runSums.compressedBytes),
    newBytes: sum(runSums.newBytes),
    bytesFetched: sum(runSums.bytesFetched),
    repositoryDelta: sum(runSums.repositoryDelta),
  },
  /** Each sum takes its time, and no more is told of drills. */
  drill: outcomeColumns,
}

export type Kind = keyof typeof summedColumns

export type Summed = { kind: Kind } & Record<
  Exclude<keyof (typeof summedColumns)['backup'], 'lastGoodAt'>,
  number
> & {
    lastGoodAt: number | null
  }

/** Of one kind where nothing was. */
function nothing(kind: Kind): Summed {
  return {
    ...{ kind, good: 0, degraded: 0, failed: 0, unreadable: 0, seconds: 0, longestSeconds: 0 },
    ...{ archiveRunSeconds: 0, originalBytes: 0, compressedBytes: 0, newBytes: 0, bytesFetched: 0 },
    ...{ repositoryDelta: 0, lastGoodAt: null },
  }
}

/** Rows of one kind, summed by something, with what was not asked after. */
export function filledUp<By>(
  kind: Kind,
  rows: readonly (Partial<Summed> & { by: By })[],
): (Summed & { by: By })[] {
  return rows.map((row) => ({ ...nothing(kind), ...row }))
}

/** Adds rows of one kind up. */
export function addUp(rows: readonly Summed[], kind: Kind): Summed {
  const all = nothing(kind)
  for (const row of rows) {
    if (row.kind !== kind) continue
    all.good += row.good
    all.degraded += row.degraded
    all.failed += row.failed
    all.unreadable += row.unreadable
    all.seconds += row.seconds
    all.longestSeconds = Math.max(all.longestSeconds, row.longestSeconds)
    all.archiveRunSeconds += row.archiveRunSeconds
    all.originalBytes += row.originalBytes
    all.compressedBytes += row.compressedBytes
    all.newBytes += row.newBytes
    all.bytesFetched += row.bytesFetched
    all.repositoryDelta += row.repositoryDelta
    if (row.lastGoodAt !== null) all.lastGoodAt = Math.max(all.lastGoodAt ?? 0, row.lastGoodAt)
  }
  return all
}

export function countsOf({ good, degraded, failed, unreadable }: Summed) {
  return { good, degraded, failed, unreadable }
}

/** Times and sizes of backups. */
export function workOf(backups: Summed) {
  const ended = backups.good + backups.degraded
  return {
    meanSeconds: ended === 0 ? null : backups.seconds / ended,
    longestSeconds: ended === 0 ? null : backups.longestSeconds,
    bytesPerSecond: shareOf(backups.originalBytes, backups.archiveRunSeconds),
    newBytes: backups.newBytes,
    bytesFetched: backups.bytesFetched,
  }
}

/**
 * Everything that is told of a project, a group or all.
 * @param storage size and growth of their repositories; the size is null where none is known
 */
export function totalsOf(
  rows: readonly Summed[],
  storage: { storageBytes: number | null; grownBytes: number },
) {
  const backups = addUp(rows, 'backup')
  const { good, degraded, failed, originalBytes, compressedBytes, newBytes } = backups
  return {
    backups: countsOf(backups),
    drills: countsOf(addUp(rows, 'drill')),
    successRate: shareOf(good, good + degraded + failed),
    ...workOf(backups),
    newShare: shareOf(newBytes, originalBytes),
    compressedShare: shareOf(compressedBytes, originalBytes),
    ...storage,
  }
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
