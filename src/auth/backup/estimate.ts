import { plural } from '../../common/units.ts'
import type { ComponentEstimate, EstimateContext } from '../../components/component.ts'
import { authOf, openOrigin } from '../../project/project.ts'
import { createAuthClient } from '../api/client.ts'
import { toRunError } from '../api/errors.ts'

/** How many users a backup would list, by what the service counts: one request. */
export async function estimateUsers({ config, signal }: EstimateContext): Promise<ComponentEstimate> {
  const client = createAuthClient({ endpoint: await authOf(openOrigin(config)), signal, connections: 1 })
  try {
    const total = (await client.count()) ?? 0
    return { document: { users: total }, text: `${plural(total, 'user')} in the auth service\n` }
  } catch (error) {
    throw toRunError(error)
  } finally {
    await client.close()
  }
}
