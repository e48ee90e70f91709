import { plural } from '../common/units.ts'
import type { Config } from '../config/config.ts'
import { type Condition, failedCondition } from '../preflight/condition.ts'
import { authOf, openOriginBriefly } from '../project/project.ts'
import { createAuthClient } from './api/client.ts'
import { toRunError } from './api/errors.ts'

/** Does the admin API of the auth service answer, and does it let this key list users? */
export async function checkAuth(config: Config, signal: AbortSignal): Promise<Condition[]> {
  const subject = 'auth'
  try {
    const endpoint = await authOf(openOriginBriefly(config))
    const client = createAuthClient({ endpoint, signal, connections: 1, retry: { retries: 1 } })
    try {
      const total = await client.count()
      return [{ status: 'OK', subject, text: `${plural(total ?? 0, 'user')} at ${endpoint.url}` }]
    } finally {
      await client.close()
    }
  } catch (error) {
    return [failedCondition(subject, toRunError(error))]
  }
}
