import { alignedLine } from '../common/columns.ts'
import { formatSeconds, plural } from '../common/units.ts'
import { isFromFuture } from './order.ts'
import type { RetentionPlan } from './plan.ts'

/** The plan as `backup.sh --prune-plan` shows it: one line an archive, newest first, then what it comes to. */
export function renderPlan(plan: RetentionPlan, now: Date): string {
  const width = Math.max(7, ...plan.archives.map((planned) => planned.archive.name.length))
  const lines = plan.archives.map(({ archive, action, reason }) => {
    const age = isFromFuture(archive, now)
      ? 'in the future'
      : formatSeconds(Math.max(0, (now.getTime() - archive.time.getTime()) / 1000))
    return alignedLine([action, archive.name, age, reason], [5, width, 12], [2])
  })
  const pruned = plan.archives.filter((planned) => planned.action === 'prune').length
  const total =
    plan.blocked === undefined
      ? `${plural(pruned, 'archive')} to prune, ${plan.archives.length - pruned} to keep.`
      : `Nothing is pruned: ${plan.blocked}.`
  return `${[...lines, total].join('\n')}\n`
}
