/**
 * Restoring the rows of `storage.objects` replaces what the target's database says of its objects, not the bytes: each
 * row then looks whole and names a version whose file does not exist there. To keep such a row from being taken for an
 * object, its version gets this mark in the very transaction that restores it. The mark goes when the bytes are there:
 * an upload gives the row a new version. It survives a crash, needs no memory of the run, and any version that is not
 * empty is safe to upload over (over an empty one, the file backend deletes everything below the key).
 */
const mark = 'unrestored.'

/** Marks every row; run in the transaction that restores `storage.objects`, after its data, with triggers off. */
export const markUnrestoredSql = `update storage.objects set version = '${mark}' || coalesce(version, '')
 where version is null or version not like '${mark}%'`

/** How many rows of each bucket are marked: `bucket`, `objects`. */
export const unrestoredByBucketSql = `select bucket_id as bucket, count(*)::int as objects from storage.objects
 where version like '${mark}%' group by 1 order by 1`

/** Whether a row's bytes are known not to be at the target. Only rows read by SQL tell. */
export function isUnrestored(version: string | null | undefined): boolean {
  return version?.startsWith(mark) === true
}
