import type { inferRouterInputs } from '@trpc/server'
import type { AppRouter } from '~/server/trpc/router'
import type { Schedule } from './schedule'

type Input = inferRouterInputs<AppRouter>['schedules']['add']['schedule']

/** What stands in the form: as text where it is typed. */
export interface Draft {
  name: string
  projectId: string
  kind: 'backup' | 'drill' | 'check' | 'export'
  data: boolean
  only: string[] | undefined
  onlyIfChanged: boolean
  formats: ExportFormat[]
  /** So many exports. */
  keep: string
  /** In gibibytes. */
  largerThan: string
  hasRetention: boolean
  retention: Record<RetentionPart, string>
  trigger: 'cron' | 'after'
  cron: string
  timeZone: string
  afterId: string
  outcome: 'success' | 'any'
  from: string
  to: string
}
export type ExportFormat = 'sql' | 'json' | 'csv'
export type RetentionPart = 'days' | 'daily' | 'weekly' | 'monthly' | 'yearly'

const gib = 2 ** 30
const noRetention = { days: '21', daily: '0', weekly: '4', monthly: '6', yearly: '0' }

/** The form of a schedule, or of a new one. */
export function draftOf(schedule: Schedule | undefined, projectId: string): Draft {
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const fresh: Draft = {
    ...{ name: '', projectId, kind: 'backup', only: undefined, data: false },
    ...{ onlyIfChanged: false, largerThan: '', formats: ['sql', 'json'], keep: '7' },
    ...{ hasRetention: false, retention: noRetention, trigger: 'cron', cron: '30 4 * * *', timeZone },
    ...{ afterId: '', outcome: 'success', from: '', to: '' },
  }
  if (schedule === undefined) return fresh
  const { plan, after, window } = schedule
  const of = plan.kind === 'backup' ? plan : undefined
  return {
    ...fresh,
    ...{ name: schedule.name, projectId: schedule.projectId, kind: plan.kind },
    only: plan.kind === 'check' ? undefined : plan.only,
    data: plan.kind === 'check' && plan.data === true,
    ...(plan.kind === 'export' && { formats: plan.formats ?? fresh.formats, keep: String(plan.keep) }),
    onlyIfChanged: of?.onlyIfChanged ?? false,
    largerThan: of?.onlyIfLarger === undefined ? '' : String(of.onlyIfLarger / gib),
    hasRetention: of?.retention !== undefined,
    retention: of?.retention === undefined ? noRetention : textsOf(of.retention),
    trigger: schedule.cron === null ? 'after' : 'cron',
    ...{ cron: schedule.cron ?? fresh.cron, timeZone: schedule.timeZone },
    ...{ afterId: after?.scheduleId ?? '', outcome: after?.outcome ?? 'success' },
    ...{ from: window?.from ?? '', to: window?.to ?? '' },
  }
}

/** What is sent; the server says what of it is wrong. */
export function inputOf(draft: Draft, isPaused: boolean): Input {
  const { name, trigger, cron, timeZone, afterId, outcome, from, to } = draft
  return {
    ...{ name, isPaused },
    plan: planOf(draft),
    trigger:
      trigger === 'cron'
        ? { type: 'cron', cron, timeZone }
        : { type: 'after', scheduleId: afterId, outcome, timeZone },
    window: from === '' && to === '' ? null : { from, to },
  }
}

function planOf(draft: Draft): Input['plan'] {
  const { kind, only, data } = draft
  if (kind === 'check') return { kind, ...(data && { data }) }
  const chosen = only === undefined ? {} : { only }
  if (kind === 'export') return { kind, ...chosen, formats: draft.formats, keep: Number(draft.keep) }
  return kind === 'drill' ? { kind, ...chosen } : { kind, ...chosen, ...conditionsOf(draft) }
}

function conditionsOf({ onlyIfChanged, largerThan, hasRetention, retention }: Draft) {
  return {
    ...(onlyIfChanged && { onlyIfChanged }),
    ...(largerThan !== '' && { onlyIfLarger: Math.round(Number(largerThan) * gib) }),
    ...(hasRetention && {
      retention: {
        days: Number(retention.days),
        daily: Number(retention.daily),
        weekly: Number(retention.weekly),
        monthly: Number(retention.monthly),
        yearly: Number(retention.yearly),
      },
    }),
  }
}

function textsOf(numbers: Record<RetentionPart, number>): Record<RetentionPart, string> {
  const { days, daily, weekly, monthly, yearly } = numbers
  const text = String
  return {
    days: text(days),
    daily: text(daily),
    weekly: text(weekly),
    monthly: text(monthly),
    yearly: text(yearly),
  }
}
