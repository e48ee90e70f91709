import { bareETag } from '../api/digests.ts'
import { isETagOfFile } from '../api/etag.ts'
import { type ArchivedRow, attributesOf, type ObjectRow } from '../catalogue/rows.ts'
import { sameHeaders, sameRobots, sameUserMetadata } from './attributes.ts'
import { isUnrestored } from './unrestored.ts'

/**
 * How an object of the backup stands at the target:
 * - `same`: bytes, content headers and user metadata are the backup's.
 * - `bytes`: not there, or other bytes (or a robots tag, which only an upload sets).
 * - `headers`: the bytes are right, content type or cache control are not.
 * - `user-metadata`: only that differs.
 */
export type Difference = 'same' | 'bytes' | 'headers' | 'user-metadata'

/** What a comparison of rows cannot tell: whether a differing ETag means differing bytes. */
type Comparison = Difference | 'unclear'

/** Compares by rows alone. */
function compareRows(row: ArchivedRow, target: ObjectRow | undefined): Comparison {
  if (target === undefined || isUnrestored(target.version)) return 'bytes'
  const { size, eTag } = attributesOf(target)
  if (size !== row.bytes || eTag === undefined || !sameRobots(row, target)) return 'bytes'
  if (bareETag(eTag) !== bareETag(attributesOf(row).eTag)) return 'unclear'
  return compareAttributes(row, target)
}

function compareAttributes(row: ArchivedRow, target: ObjectRow): Difference {
  if (!sameHeaders(row, target)) return 'headers'
  return sameUserMetadata(row, target) ? 'same' : 'user-metadata'
}

/**
 * Compares with the archived bytes at hand. ETags differ between services for equal bytes (uploads in parts, encryption),
 * so one that differs is computed from the file; where that proves nothing, the bytes count as different.
 */
export async function compareWithFile(
  row: ArchivedRow,
  target: ObjectRow | undefined,
  path: string,
): Promise<Difference> {
  const comparison = compareRows(row, target)
  if (comparison !== 'unclear' || target === undefined) return comparison === 'unclear' ? 'bytes' : comparison
  const { eTag } = attributesOf(target)
  if (eTag === undefined || !(await isETagOfFile(eTag, path, row.bytes))) return 'bytes'
  return compareAttributes(row, target)
}
