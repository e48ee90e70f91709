import { z } from 'zod'
import { plural } from '../common/units.ts'
import type { Config } from '../config/config.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { openOriginBriefly, storageOf } from '../project/project.ts'
import { toRunError } from './api/access.ts'
import { createStorageClient } from './api/client.ts'

/** Does the Storage API answer, and does the key see buckets? */
export async function checkStorage(config: Config): Promise<Condition[]> {
  const subject = 'storage'
  try {
    const endpoint = await storageOf(openOriginBriefly(config))
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
