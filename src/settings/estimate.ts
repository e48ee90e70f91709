import { plural } from '../common/units.ts'
import type { ComponentEstimate } from '../components/component.ts'
import type { Config } from '../config/config.ts'
import { parts } from './parts.ts'

/** What a backup asks for: the same each time, and some hundred kilobytes at most. */
export function estimateSettings({ config }: { config: Config }): ComponentEstimate {
  const { SETTINGS_SKIP: leftOut = [], SUPABASE_STACK_ENV: stack } = config
  if (stack !== undefined)
    return { document: { settingsRequests: 0 }, text: 'Settings: read from the .env of the stack.' }
  // One of them says whether the project is awake.
  const settingsRequests = parts.filter(({ name }) => !leftOut.includes(name)).length + 1
  return {
    document: { settingsRequests },
    text: `Settings: ${plural(settingsRequests, 'request')} to the Management API, whatever has changed.`,
  }
}
