import type pg from 'pg'
import type { HttpClient } from '../../http/client.ts'
import { HttpError } from '../../http/error.ts'
import { deleteObjects } from '../api/delete.ts'
import { readInfo } from '../api/info.ts'
import type { ObjectRow } from '../catalogue/rows.ts'

/**
 * Deletes objects that the backup does not have, through the service, so that their bytes go too. A row without a
 * version is never handed to the service as it is: its file backend would delete everything below the key.
 *
 * @returns the names that are still there.
 */
export async function pruneTargetObjects(
  client: HttpClient,
  bucket: string,
  rows: readonly ObjectRow[],
  database: pg.ClientBase | undefined,
): Promise<string[]> {
  const unsafe: string[] = []
  const names: string[] = []
  for (const row of rows) {
    if (await isSafeToReplace(client, bucket, row, database)) names.push(row.name)
    else unsafe.push(row.name)
  }
  const missed = await deleteObjects(client, bucket, names)
  const left: string[] = []
  for (const name of missed) if (await exists(client, bucket, name)) left.push(name)
  return [...unsafe, ...left]
}

/** Whether the service may be told to overwrite or delete an object; gives it a version where that is what is missing. */
export async function isSafeToReplace(
  client: HttpClient,
  bucket: string,
  row: ObjectRow,
  database: pg.ClientBase | undefined,
): Promise<boolean> {
  if (row.version) return true
  if (database) {
    await database.query(
      `update storage.objects set version = gen_random_uuid()::text
        where bucket_id = $1 and name = $2 and coalesce(version, '') = ''`,
      [bucket, row.name],
    )
    return true
  }
  try {
    const { version } = await client.retrying(() => readInfo(client, bucket, row))
    return !!version
  } catch (error) {
    // Gone already, or a name the service lists and deletes but refuses to look at.
    if (error instanceof HttpError && (error.kind === 'missing' || error.code === 'InvalidKey')) return true
    throw error
  }
}

async function exists(client: HttpClient, bucket: string, name: string): Promise<boolean> {
  const row: ObjectRow = {
    id: null,
    name,
    created_at: null,
    updated_at: null,
    metadata: null,
    user_metadata: null,
  }
  try {
    await client.retrying(() => readInfo(client, bucket, row))
    return true
  } catch (error) {
    if (error instanceof HttpError && error.kind === 'missing') return false
    if (error instanceof HttpError && error.kind === 'refused') return true
    throw error
  }
}
