import type { Log } from '../common/log.ts'
import { components } from '../components/list.ts'
import type { Config } from '../config/config.ts'
import { readPrevious } from '../generation/reuse-component.ts'
import { succeeded } from '../report/status.ts'
import { readStatus } from '../report/store.ts'
import { isUnchanged } from '../report/unchanged.ts'

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
  const last = status.lastRun.backup
  if (last !== undefined && !succeeded(last))
    log.info(`the last run is ${last.outcome}, so a backup is made whether anything has changed or not`)
  return (
    isUnchanged({ activity: fingerprint, wanted, status }) && (await readPrevious(previous)) !== undefined
  )
}
