import { HttpError } from '../http/error.ts'
import type { SettingChange } from './changes.ts'
import type { Part, PartWriter, Values } from './part.ts'
import { placeOf } from './parts.ts'
import type { ProjectRoutes } from './routes.ts'

/** A setting that the API did not take, and why. */
export interface Refusal {
  setting: string
  reason: string
}

/**
 * Sets settings of one part, all at once. Where the API refuses them together, halves of them are tried, down to the single ones
 * that it does not take: a setting that was renamed, or needs another plan, keeps no other back.
 * @throws HttpError where it is not the settings that it refuses: the token is no good, or the API does not serve
 */
export async function applyChanges(options: {
  part: Part & { writer: PartWriter }
  changes: readonly SettingChange[]
  /** All of the target's settings of the part, as they were before. */
  current: Values
  routes: ProjectRoutes
}): Promise<Refusal[]> {
  const { part, changes, routes } = options
  const current = { ...options.current }
  const set = async (some: readonly SettingChange[]): Promise<Refusal[]> => {
    const values = Object.fromEntries(some.map(({ setting, to }) => [placeOf(setting).field, to]))
    try {
      await part.writer.set(routes, values, current)
      Object.assign(current, values)
      return []
    } catch (error) {
      if (!(error instanceof HttpError)) throw error
      if (error.retryable) {
        // It was tried for long. Where the API tells what it does not set, the others are set all the same.
        await routes.read(part.route)
        return some.map(({ setting }) => ({ setting, reason: reasonOf(part, error) }))
      }
      if (!isAboutSettings(error)) throw error
      const [first] = some
      if (first === undefined) return []
      if (some.length === 1) return [{ setting: first.setting, reason: reasonOf(part, error) }]
      const half = Math.ceil(some.length / 2)
      return [...(await set(some.slice(0, half))), ...(await set(some.slice(half)))]
    }
  }
  const refused = await set(changes)
  if (refused.length === 0 || refused.length === changes.length) return refused
  // What only goes with another setting may go now that this one is set.
  return set(changes.filter(({ setting }) => refused.some((refusal) => refusal.setting === setting)))
}

function isAboutSettings({ kind, status }: HttpError): boolean {
  return kind === 'refused' || kind === 'missing' || status === 403
}

function reasonOf({ permission }: Part, { status, message }: HttpError): string {
  return status === 403 ? `${message}; the token needs ${permission.write}` : message
}
