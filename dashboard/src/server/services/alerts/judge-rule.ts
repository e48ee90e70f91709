import type { WatchedProject } from '../../ingest/watched-project.ts'
import type { Disk } from '../machine.ts'
import type { FailedExport } from '../schedules/failed-exports.ts'
import { type Condition, conditionsOf, diskCondition, exportCondition } from './conditions.ts'
import type { AlertEvent } from './rules.ts'
import type { Rule } from './stored-rules.ts'

/** Something that a rule has found, of a project or of the machine. */
export interface Finding extends Condition {
  /** Of what is found there is one of each: the same key is the same thing. */
  key: string
  project: Pick<WatchedProject, 'id' | 'name'> | null
}

/** What a rule finds now. */
export interface Verdict {
  found: Finding[]
  /** Whether it can be said of an alert's project now that the alert is over. */
  isKnown: (projectId: string | null) => boolean
}

/**
 * Judges by a rule: pure.
 * @param failedExports of schedules, by project
 * @param disks those of the projects in its scope, and of the dashboard where that is all
 */
export function judgeRule(
  rule: Rule,
  projects: readonly WatchedProject[],
  failedExports: ReadonlyMap<string, readonly FailedExport[]>,
  disks: readonly Disk[],
  now: Date,
): Verdict {
  const found: Finding[] = []
  const unknown = new Set<string>()
  const add = (condition: Condition, project: Finding['project']) => {
    if (!rule.events.includes(condition.event)) return
    const key = JSON.stringify([rule.id, project?.id ?? null, condition.event, condition.about])
    found.push({ ...condition, key, project })
  }
  for (const project of projects) {
    const conditions = conditionsOf(project, rule, now)
    if (!conditions.isKnown) unknown.add(project.id)
    for (const condition of conditions.found) add(condition, project)
    if (!conditions.isKnown || project.inactiveSince !== null) continue
    for (const failed of failedExports.get(project.id) ?? []) add(exportCondition(project, failed), project)
  }
  for (const disk of disks) {
    const condition = diskCondition(disk, rule)
    if (condition !== undefined) add(condition, null)
  }
  return { found, isKnown: (projectId) => projectId === null || !unknown.has(projectId) }
}

/** Whether a project is one that a rule is about. */
export function isInScope({ scope }: Rule, projectId: string, groups: readonly string[]): boolean {
  if (scope.type === 'all') return true
  return scope.type === 'project' ? scope.project === projectId : groups.includes(scope.group)
}

/** Whether a rule still looks for what an alert is about. */
export function isAskedOf(
  { events }: Rule,
  { event, projectId }: { event: AlertEvent; projectId: string | null },
  projects: readonly WatchedProject[],
): boolean {
  const isThere = ({ id, inactiveSince }: WatchedProject) => id === projectId && inactiveSince === null
  return events.includes(event) && (projectId === null || projects.some(isThere))
}
