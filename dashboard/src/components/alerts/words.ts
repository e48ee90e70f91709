import type { Outputs } from '~/client/client'

export type Alert = Outputs['alerts']['open'][number]
export type Rule = Outputs['alerts']['rules'][number]
export type Channel = Outputs['alerts']['channels'][number]
export type Message = Outputs['alerts']['deliveries'][number]

/** What becomes of messages, and of disks, the stream of events does not tell: it is looked at as often as the server looks. */
export const againEvery = { refetchInterval: 10_000 } as const

export const eventWords = {
  failed: 'failed',
  degraded: 'degraded',
  overdue: 'overdue',
  'drill-failed': 'drill failed',
  growth: 'growth',
  shrink: 'shrink',
  disk: 'disk nearly full',
} as const satisfies Record<Alert['event'], string>

export const kindWords = {
  mail: 'Mail',
  webhook: 'Webhook',
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Teams',
  ntfy: 'ntfy',
  pagerduty: 'PagerDuty',
  healthchecks: 'Healthchecks',
} as const satisfies Record<Channel['kind'], string>

export const whatWords = {
  opened: 'Opened',
  repeated: 'Told again',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
  test: 'Test',
} as const satisfies Record<Message['what'], string>

/** `all projects`, `the group press`, `shop`. */
export function scopeWords(
  { scope }: Pick<Rule, 'scope'>,
  projects: readonly { id: string; name: string }[],
): string {
  if (scope.type === 'all') return 'all projects'
  if (scope.type === 'group') return `the group ${scope.group}`
  return projects.find(({ id }) => id === scope.project)?.name ?? scope.project
}
