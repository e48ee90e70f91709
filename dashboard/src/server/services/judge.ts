import type { ToolkitError } from '../../shared/toolkit-error.ts'
import type { Overview } from '../toolkit.ts'

/** How safe a project is. */
type Safety = 'unreadable' | 'failed' | 'overdue' | 'degraded' | 'never' | 'safe'

/**
 * One word for what the toolkit says of a project.
 * @param isNamedTwice another has its name, so that what is known of it may be of the other
 */
export function judge(
  overview: Overview | null,
  problem: ToolkitError | null,
  isNamedTwice: boolean,
): Safety {
  if (problem !== null || overview === null) return 'unreadable'
  const has = (...whats: string[]) => overview.problems.some(({ what }) => whats.includes(what))
  if (has('crashed', 'failed')) return 'failed'
  if (overview.runs.backup?.lastSuccess == null && overview.runs.backup?.lastRun == null) return 'never'
  if (has('overdue')) return 'overdue'
  if (overview.runs.backup?.lastRun?.outcome === 'degraded' || has('damaged') || isNamedTwice)
    return 'degraded'
  return 'safe'
}
