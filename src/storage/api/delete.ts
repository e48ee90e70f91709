import { z } from 'zod'
import { type HttpClient, jsonExchange } from '../../http/client.ts'

/** The service documents 1,000 names a call and takes JSON bodies of at most 1 MiB. */
const batchNames = 500
const batchBytes = 256 * 1024

const deletedSchema = z.array(z.looseObject({ name: z.string() }))

/** Cuts names into batches the service takes. */
function* batchesOf(names: readonly string[]): Generator<string[]> {
  let batch: string[] = []
  let bytes = 0
  for (const name of names) {
    const size = Buffer.byteLength(JSON.stringify(name)) + 1
    if (batch.length > 0 && (batch.length >= batchNames || bytes + size > batchBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(name)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/**
 * Deletes objects by their exact names.
 *
 * @returns the names the reply does not list. The service says nothing of a name it did not delete: it was not there,
 *   or the key may not delete it.
 */
export async function deleteObjects(
  client: HttpClient,
  bucket: string,
  names: readonly string[],
): Promise<string[]> {
  const missed: string[] = []
  for (const batch of batchesOf(names)) {
    const reply = await client.call(
      jsonExchange('DELETE', `/object/${encodeURIComponent(bucket)}`, { prefixes: batch }),
      deletedSchema,
    )
    const deleted = new Set(reply.map((row) => row.name))
    missed.push(...batch.filter((name) => !deleted.has(name)))
  }
  return missed
}
