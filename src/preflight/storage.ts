import { z } from 'zod'
import { sourceStorage } from '../backup/project.ts'
import { plural } from '../common/units.ts'
import type { Config } from '../config/load.ts'
import { toRunError } from '../storage/api/access.ts'
import { createStorageClient } from '../storage/api/client.ts'
import { type Condition, failedCondition } from './condition.ts'

/** Does the Storage API answer, and does the key see buckets? */
export async function checkStorage(config: Config): Promise<Condition[]> {
  const subject = 'storage'
  try {
    const endpoint = sourceStorage(config)
    const client = createStorageClient({ endpoint, connections: 1, retry: { retries: 1 } })
    try {
      const buckets = await client.call({ method: 'GET', path: '/bucket' }, z.array(z.unknown()))
      return [{ status: 'OK', subject, text: `${plural(buckets.length, 'bucket')} at ${endpoint.url}` }]
    } finally {
      await client.close()
    }
  } catch (error) {
    return [failedCondition(subject, toRunError(error))]
  }
}
