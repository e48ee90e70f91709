import type { Log } from '../common/log.ts'
import { components } from '../components/list.ts'
import type { Config } from '../config/load.ts'
import { readPrevious } from '../generation/reuse-component.ts'
import { readStatus } from '../report/store.ts'
import { isUnchanged, madeAnewAfter } from '../report/unchanged.ts'

/**
 * The fingerprint of everything that has happened so far in the wanted components: those that change together have one. Null
 * where changes of one of them are not to be seen.
 */
export async function fingerprintOf(options: {
  config: Config
  wanted: readonly string[]
  log: Log
  signal: AbortSignal
}): Promise<string | null> {
  const found = new Set<string>()
  for (const component of components) {
    if (!options.wanted.includes(component.name)) continue
    const fingerprint = (await component.fingerprint?.(options)) ?? null
    if (fingerprint === null) return null
    found.add(fingerprint)
  }
  return [...found].join(' ')
}

/** Whether a backup would only repeat the last good one, whose generation is still there. */
export async function isRepetition(options: {
  config: Config
  fingerprint: string | null
  wanted: readonly string[]
  /** The last generation. */
  previous: string | undefined
  log: Log
}): Promise<boolean> {
  const { config, fingerprint, wanted, previous, log } = options
  if (fingerprint === null) return false
  const status = await readStatus(config.STATE_DIR, config.PROJECT_NAME)
  const question = { activity: fingerprint, wanted, status }
  const after = madeAnewAfter(question)
  if (after !== undefined)
    log.warn(`nothing has changed, but the last backup is ${after}: one is made anew until one is good`)
  return isUnchanged(question) && (await readPrevious(previous)) !== undefined
}
