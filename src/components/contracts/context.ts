import type { Log } from '../../common/log.ts'
import type { Config } from '../../config/config.ts'

export interface ComponentContext {
  config: Config
  log: Log
  signal: AbortSignal
}

/** The flags of all components as `parseArgs` gives them; each reads its own. */
export type ComponentFlags = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

/** For what needs the backup and no target. */
export interface OfflineContext {
  generation: string
  flags: ComponentFlags
  log: Log
  signal: AbortSignal
}
