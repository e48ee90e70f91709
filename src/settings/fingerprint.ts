import { createHash } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { openOrigin } from '../project/project.ts'
import { readParts, stateOf } from './read.ts'
import { openSource } from './source.ts'

/** A fingerprint of all settings as they are; null where one of them cannot be read. */
export async function fingerprintOf({
  config,
  signal,
}: {
  config: Config
  signal: AbortSignal
}): Promise<string | null> {
  const source = openSource(openOrigin(config), { signal })
  try {
    const leftOut = config.SETTINGS_SKIP ?? []
    const asked = source.parts.filter(({ name }) => !leftOut.includes(name))
    const hash = createHash('sha256')
    for (const answer of await readParts(asked, source.routes)) {
      const state = stateOf(answer)
      if (state === undefined) return null
      const { values, secrets } = state
      hash.update(JSON.stringify([answer.part.name, values, secrets]))
    }
    return `settings:${hash.digest('hex')}`
  } finally {
    await source.close()
  }
}
