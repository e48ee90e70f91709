import { and, desc, eq, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import { newId } from '../../auth/secrets.ts'
import type { Database } from '../../db/open.ts'
import { alerts } from '../../db/schema/index.ts'
import type { WatchedProject } from '../../ingest/watched-project.ts'
import { notFound } from '../../problem.ts'
import type { Labels } from '../labels.ts'
import { type Disk, disksOf, placesOf } from '../machine.ts'
import type { Registry } from '../registry.ts'
import { type FailedExport, failedExportsIn } from '../schedules/failed-exports.ts'
import { takesAcknowledged } from './channel-kinds.ts'
import type { Channels } from './channels.ts'
import type { Deliveries } from './deliveries.ts'
import { came, isSteady } from './flapping.ts'
import { type Finding, isAskedOf, isInScope, judgeRule } from './judge-rule.ts'
import { type Rule, rulesIn } from './stored-rules.ts'
import { isToRepeat, tellAt } from './tell-time.ts'

const hourMs = 3_600_000
/** What is over is kept for so long. */
const keptMs = 400 * 24 * hourMs
/** So many are read at once. */
const chunk = 200

/** More that are open are not counted. */
export const mostCounted = 2000
const fewNamed = 3

type Alert = typeof alerts.$inferSelect
type Sees = (projectId: string) => boolean
export interface Place {
  at: number
  id: string
}

/** Finds what is wrong by the rules, tells it, and says when it is over. */
export function alertsOf(parts: {
  database: Database
  registry: Registry
  labels: Labels
  channels: Channels
  deliveries: Deliveries
  directory: string
  /** The alerts of a project are not what they were. */
  changed: (projectId: string) => void
}) {
  const { database, registry, labels, channels, deliveries, directory, changed } = parts

  const find = (id: string | null, sees: Sees): Alert => {
    const alert = id === null ? undefined : database.select().from(alerts).where(eq(alerts.id, id)).get()
    if (alert === undefined || !isSeen(alert, sees)) throw notFound('alert')
    return alert
  }

  const tell = (rule: Rule, alertId: string, what: 'opened' | 'repeated', nextAt: Date, now: Date): void => {
    // Of a channel that is not reached the message before waits still.
    const busy = deliveries.busyChannels(alertId)
    for (const channelId of rule.channelIds)
      if (!busy.includes(channelId)) deliveries.queue({ alertId, channelId, what, nextAt }, now)
  }

  /** When the cause came before: also where it was over since. */
  const cameBefore = (cause: string): readonly number[] =>
    database
      .select({ cameAt: alerts.cameAt })
      .from(alerts)
      .where(eq(alerts.cause, cause))
      .orderBy(desc(alerts.openedAt), desc(sql`rowid`))
      .limit(1)
      .get()?.cameAt ?? []

  const open = (rule: Rule, finding: Finding, now: Date): void => {
    const { event, subject, text, severity, key, project } = finding
    const id = newId()
    const toldAt = tellAt(rule, now)
    const about = { ruleId: rule.id, ruleName: rule.name, event, subject, text, severity }
    const { changes } = database
      .insert(alerts)
      .values({
        ...{ ...about, id, openKey: key, cause: key, openedAt: now, toldAt, ...came(cameBefore(key), now) },
        ...{ projectId: project?.id ?? null, projectName: project?.name ?? null },
      })
      .onConflictDoNothing()
      .run()
    if (changes === 0) return
    tell(rule, id, 'opened', toldAt, now)
    if (project !== null) changed(project.id)
  }

  const change = (alert: Alert, changes: Partial<Alert>): void => {
    database.update(alerts).set(changes).where(eq(alerts.id, alert.id)).run()
    if (alert.projectId !== null) changed(alert.projectId)
  }

  /** Of one that is open its cause is there. */
  const keep = (rule: Rule, alert: Alert, finding: Finding, now: Date): void => {
    const { subject, text, severity } = finding
    const isWorse = severity === 'critical' && alert.severity === 'warning'
    if (isWorse) {
      const toldAt = tellAt(rule, now)
      change(alert, { severity, toldAt, acknowledgedAt: null, acknowledgedBy: null })
      tell(rule, alert.id, 'opened', toldAt, now)
    }
    const isBack = alert.goneAt !== null
    if (isBack) change(alert, { goneAt: null, cameAt: came(alert.cameAt, now).cameAt })
    // Whoever looks at it, or is told that it is over, reads what is so now.
    if (subject !== alert.subject || text !== alert.text) change(alert, { subject, text })
    const hasStayed = !isBack && alert.flappingSince !== null && isSteady(alert.cameAt.at(-1) ?? 0, now)
    // Who acknowledged it saw it come and go; that it came again since, and stays, nobody has seen.
    const isUnseen = hasStayed && (alert.acknowledgedAt?.getTime() ?? 0) < (alert.cameAt.at(-1) ?? 0)
    const seen = isUnseen ? { acknowledgedAt: null, acknowledgedBy: null } : {}
    if (hasStayed) change(alert, { flappingSince: null, ...seen })
    if (!isWorse && (hasStayed || isToRepeat(rule, alert, now))) repeat(rule, { ...alert, ...seen }, now)
  }

  const repeat = (rule: Rule, alert: Alert, now: Date): void => {
    if (alert.acknowledgedAt !== null) return
    const toldAt = tellAt(rule, now)
    database.update(alerts).set({ toldAt }).where(eq(alerts.id, alert.id)).run()
    tell(rule, alert.id, 'repeated', toldAt, now)
  }

  /** Of one that is open its cause is not there: it is over, but where it flaps that has to last. */
  const letGo = (rule: Rule, alert: Alert, now: Date): void => {
    const { flappingSince, goneAt } = alert
    if (flappingSince === null || (goneAt !== null && isSteady(goneAt, now)))
      close(alert, tellAt(rule, now), now)
    else if (goneAt === null) change(alert, { goneAt: now })
  }

  const close = ({ id, projectId }: Alert, nextAt: Date, now: Date): void => {
    const told = deliveries.toldChannels(id)
    deliveries.dropWaiting(id)
    database.update(alerts).set({ resolvedAt: now, openKey: null }).where(eq(alerts.id, id)).run()
    for (const channelId of told) deliveries.queue({ alertId: id, channelId, what: 'resolved', nextAt }, now)
    if (projectId !== null) changed(projectId)
  }

  const openOf = (ruleId: string): Alert[] =>
    database
      .select()
      .from(alerts)
      .where(and(eq(alerts.ruleId, ruleId), isNotNull(alerts.openKey)))
      .all()

  const apply = (
    rule: Rule,
    projects: readonly WatchedProject[],
    failedExports: ReadonlyMap<string, readonly FailedExport[]>,
    disks: readonly Disk[],
    now: Date,
  ): void => {
    const verdict = judgeRule(rule, projects, failedExports, disks, now)
    const found = new Map(verdict.found.map((finding) => [finding.key, finding]))
    for (const alert of openOf(rule.id)) {
      const finding = found.get(alert.openKey ?? '')
      if (finding === undefined) {
        if (!verdict.isKnown(alert.projectId)) continue
        if (isAskedOf(rule, alert, projects)) letGo(rule, alert, now)
        else close(alert, tellAt(rule, now), now)
      } else if (!rule.isPaused) keep(rule, alert, finding, now)
    }
    if (rule.isPaused) return
    for (const finding of found.values()) open(rule, finding, now)
  }

  const disksFor = (rule: Rule, projects: readonly WatchedProject[]): Promise<Disk[]> | [] => {
    if (!rule.events.includes('disk')) return []
    const own = rule.scope.type === 'all' ? [{ place: 'the dashboard', path: directory }] : []
    return disksOf([...own, ...projects.flatMap(placesOf)])
  }

  return {
    /** Looks what is wrong now and what is over: also what nothing tells of, such as a backup that did not come. */
    async look(now = new Date()): Promise<void> {
      const groups = labels.ofAll()
      const failedExports = failedExportsIn(database)
      for (const rule of rulesIn(database)) {
        const projects = registry.all().filter(({ id }) => isInScope(rule, id, groups.get(id)?.group ?? []))
        const disks = await disksFor(rule, projects)
        // It may have been removed while the disks were asked.
        if (rulesIn(database).some(({ id }) => id === rule.id))
          database.transaction(() => apply(rule, projects, failedExports, disks, now))
      }
      const old = lt(alerts.resolvedAt, new Date(now.getTime() - keptMs))
      database.delete(alerts).where(old).run()
      deliveries.prune(now)
    },

    /**
     * Those of projects that `sees` says yes of, the newest first; those of the machine to whom all projects are shown.
     * @param before the last one of the page before
     */
    list(query: { isOpen: boolean; limit: number; before?: Place | undefined }, sees: Sees) {
      const { isOpen, limit } = query
      const found: Alert[] = []
      let { before } = query
      while (found.length < limit) {
        const rows = database
          .select()
          .from(alerts)
          .where(and(isOpen ? isNotNull(alerts.openKey) : isNull(alerts.openKey), before && isBefore(before)))
          .orderBy(desc(alerts.openedAt), desc(alerts.id))
          .limit(chunk)
          .all()
        found.push(...rows.filter((row) => isSeen(row, sees)))
        const last = rows.at(-1)
        if (last === undefined || rows.length < chunk) break
        before = placeOf(last)
      }
      return found.slice(0, limit).map(shown)
    },

    /**
     * Somebody has seen it: it is not told again, and services that have a word for that are told.
     * @returns whether it was not acknowledged before
     * @throws Problem NOT_FOUND
     */
    acknowledge(id: string, sees: Sees, by: string, now = new Date()): boolean {
      const alert = find(id, sees)
      if (alert.openKey === null || alert.acknowledgedAt !== null) return false
      database.transaction(() => {
        const told = deliveries.toldChannels(id)
        deliveries.dropWaiting(id)
        database
          .update(alerts)
          .set({ acknowledgedAt: now, acknowledgedBy: by })
          .where(eq(alerts.id, id))
          .run()
        for (const channelId of told)
          if (takesAcknowledged(channels.find(channelId).kind))
            deliveries.queue({ alertId: id, channelId, what: 'acknowledged', nextAt: now }, now)
      })
      if (alert.projectId !== null) changed(alert.projectId)
      return true
    },

    /** Of those that are open and nobody has acknowledged: how many, whether one is critical, and the first few, those first. */
    summary(sees: Sees) {
      const fresh = this.list({ isOpen: true, limit: mostCounted }, sees)
        .filter(({ acknowledgedAt }) => acknowledgedAt === null)
        .toSorted(byWeight)
      return {
        count: fresh.length,
        isCritical: fresh[0]?.severity === 'critical',
        subjects: fresh.slice(0, fewNamed).map(({ subject }) => subject),
      }
    },

    /** One of the list. @throws Problem NOT_FOUND */
    get: (id: string, sees: Sees) => shown(find(id, sees)),

    /** What a rule has found is over. */
    closeAll(ruleId: string, now: Date): void {
      for (const alert of openOf(ruleId)) close(alert, now, now)
    },
  }
}

/** Critical ones first. */
function byWeight(a: Pick<Alert, 'severity'>, b: Pick<Alert, 'severity'>): number {
  return Number(b.severity === 'critical') - Number(a.severity === 'critical')
}

/** Of the machine it has no project: it is for those to whom all are shown, who see also one that is not there. */
function isSeen({ projectId }: Alert, sees: Sees): boolean {
  return sees(projectId ?? '')
}

function placeOf({ id, openedAt }: Alert): Place {
  return { at: openedAt.getTime(), id }
}

function isBefore({ at, id }: Place) {
  const time = new Date(at)
  return or(lt(alerts.openedAt, time), and(eq(alerts.openedAt, time), lt(alerts.id, id)))
}

function shown(alert: Alert) {
  const { id, event, subject, text, severity, projectId, projectName, ruleName, acknowledgedBy } = alert
  return {
    ...{ id, event, subject, text, severity, projectId, projectName, ruleName, acknowledgedBy },
    openedAt: alert.openedAt.toISOString(),
    resolvedAt: alert.resolvedAt?.toISOString() ?? null,
    acknowledgedAt: alert.acknowledgedAt?.toISOString() ?? null,
    flappingSince: alert.flappingSince?.toISOString() ?? null,
    goneAt: alert.goneAt?.toISOString() ?? null,
  }
}
