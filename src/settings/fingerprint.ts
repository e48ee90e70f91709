import { createHash } from 'node:crypto'
import type { Config } from '../config/load.ts'
import { createManagementClient } from '../management-api/client.ts'
import { openOrigin } from '../project/project.ts'
import { parts } from './parts.ts'
import { readParts, stateOf } from './read.ts'
import { routesOf } from './routes.ts'

/** A fingerprint of all settings as they are; null where one of them cannot be read. */
export async function fingerprintOf(config: Config, signal: AbortSignal): Promise<string | null> {
  const { management } = openOrigin(config)
  if (management === undefined) return null
  const client = createManagementClient({ endpoint: management.endpoint, signal })
  try {
    const leftOut = config.SETTINGS_SKIP ?? []
    const asked = parts.filter(({ name }) => !leftOut.includes(name))
    const hash = createHash('sha256')
    for (const answer of await readParts(asked, routesOf(client, management.ref))) {
      const state = stateOf(answer)
      if (state === undefined) return null
      const { values, secrets } = state
      hash.update(JSON.stringify([answer.part.name, values, secrets]))
    }
    return `settings:${hash.digest('hex')}`
  } finally {
    await client.close()
  }
}
