import type { Archive } from './archives.ts'
import { isFromFuture } from './order.ts'
import { type Period, periodOf, periods } from './periods.ts'

export interface RetentionRules {
  /** Every complete archive younger than this stays (BORG_RETENTION_DAYS). */
  keepWithinDays: number
  /** Beyond those, the newest of each of so many days, ISO weeks, months and years (BORG_KEEP_*); UTC. */
  keep: Record<Period, number>
  /** So many complete archives stay whatever their age (MIN_ARCHIVES); at least one does. */
  minArchives: number
}

interface PlannedArchive {
  archive: Archive
  action: 'keep' | 'prune'
  reason: string
}

export interface RetentionPlan {
  /** Why nothing may be pruned now; undefined when pruning is allowed. */
  blocked: string | undefined
  /** Newest first. */
  archives: PlannedArchive[]
}

const dayMs = 86_400_000

/**
 * Decides what to keep and what to prune. Pure: the same history and rules give the same plan. Full backups, and partial ones of each
 * part, count apart: none takes the place of another kind's.
 *
 * Only complete archives count for the rules. The rules work as Borg's own do: an archive that an earlier rule keeps
 * does not use up a later rule's number. Whatever the rules say, the newest complete archive and the newest
 * verified one stay, so does the newest complete one with a component that newer ones lack, and so does a pinned one, which uses up no rule's number either. An archive of a time that is yet to come is kept, and takes no other's place. A degraded archive goes when it is older than `keepWithinDays` and not the newest of all.
 *
 * @param options.archives archives of one project only (`projectArchives`); no other is ever planned
 * @param options.verified names of archives that a drill or verified restore has proven
 * @param options.pinned names of archives that somebody has pinned
 * @param options.holds the components in archives, as far as it is known; of the others each is taken to be in them
 * @param options.blocked a reason to prune nothing, e.g. that the run was degraded; the plan then keeps everything
 */
export function planRetention(options: {
  archives: readonly Archive[]
  rules: RetentionRules
  now: Date
  verified: ReadonlySet<string>
  pinned?: ReadonlySet<string>
  holds?: ReadonlyMap<string, readonly string[]>
  blocked?: string | undefined
}): RetentionPlan {
  const apart = [...Map.groupBy(options.archives, ({ part }) => part).values()]
  const planned = apart.flatMap((archives) => planAlike({ ...options, archives }))
  const rank = ({ archive }: PlannedArchive) => (isFromFuture(archive, options.now) ? 1 : 0)
  planned.sort((a, b) => rank(b) - rank(a) || b.archive.time.getTime() - a.archive.time.getTime())
  return { blocked: options.blocked, archives: planned }
}

/** The same for archives that can take each other's place. */
function planAlike(options: Parameters<typeof planRetention>[0]): PlannedArchive[] {
  const { rules, verified, blocked } = options
  const byTime = [...options.archives].sort((a, b) => b.time.getTime() - a.time.getTime())
  const future = byTime.filter((archive) => isFromFuture(archive, options.now))
  const archives = byTime.filter((archive) => !future.includes(archive))
  const complete = archives.filter((archive) => archive.status === 'complete')
  const reasons = new Map<Archive, string>()
  const keep = (archive: Archive | undefined, reason: string) => {
    if (archive && !reasons.has(archive)) reasons.set(archive, reason)
  }
  const young = (archive: Archive) =>
    options.now.getTime() - archive.time.getTime() <= rules.keepWithinDays * dayMs

  for (const archive of future) keep(archive, 'its time is yet to come: delete it by hand')
  for (const archive of archives) if (options.pinned?.has(archive.name)) keep(archive, 'pinned')
  for (const archive of archives)
    if (young(archive)) keep(archive, `younger than ${rules.keepWithinDays} days`)
  for (const period of periods)
    for (const archive of newestOfEach(period, complete, rules.keep[period], reasons)) keep(archive, period)

  keep(archives[0], 'newest')
  const minimum = Math.max(1, rules.minArchives)
  for (const archive of complete.slice(0, minimum)) keep(archive, `one of the newest ${minimum}`)
  for (const [component, archive] of newestHolders(complete, options.holds ?? new Map()))
    keep(archive, `newest with the component ${component}`)
  keep(
    complete.find((archive) => verified.has(archive.name)),
    'newest verified',
  )
  keep(
    archives.find((archive) => verified.has(archive.name)),
    'newest verified',
  )

  return [...future, ...archives].map((archive): PlannedArchive => {
    const reason = reasons.get(archive)
    if (reason !== undefined) return { archive, action: 'keep', reason }
    if (blocked !== undefined) return { archive, action: 'keep', reason: 'pruning is off' }
    return {
      archive,
      action: 'prune',
      reason: archive.status === 'degraded' ? 'degraded' : 'no rule keeps it',
    }
  })
}

/** The newest archive of each component that any is known to hold. */
function newestHolders(
  newestFirst: readonly Archive[],
  holds: ReadonlyMap<string, readonly string[]>,
): [component: string, archive: Archive | undefined][] {
  const components = new Set(newestFirst.flatMap(({ name }) => holds.get(name) ?? []))
  return [...components].map((component) => [
    component,
    newestFirst.find(({ name }) => holds.get(name)?.includes(component) ?? true),
  ])
}

/** The newest archive of each period, newest first, until `count` are found that are not kept already. */
function newestOfEach(
  period: Period,
  complete: readonly Archive[],
  count: number,
  kept: ReadonlyMap<Archive, string>,
): Archive[] {
  const chosen: Archive[] = []
  let last: string | undefined
  for (const archive of complete) {
    if (chosen.length >= count) break
    const current = periodOf(period, archive.time)
    if (current === last) continue
    last = current
    if (!kept.has(archive)) chosen.push(archive)
  }
  return chosen
}

/** The names to prune, oldest first, so that an interrupted prune has removed the least valuable. */
export function namesToPrune(plan: RetentionPlan): string[] {
  return plan.archives
    .filter((planned) => planned.action === 'prune')
    .map((planned) => planned.archive.name)
    .reverse()
}
