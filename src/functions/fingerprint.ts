import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { openOrigin } from '../project/project.ts'
import { openFunctionsOf } from './open.ts'

/** A fingerprint of all deployments and secrets so far. */
export async function fingerprintOf({
  config,
  signal,
}: {
  config: Config
  signal: AbortSignal
}): Promise<string> {
  const api = openFunctionsOf(openOrigin(config), { signal })
  try {
    const facts = [await api.list(), await api.secrets().catch(() => null)]
    return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
  } finally {
    await api.close()
  }
}
