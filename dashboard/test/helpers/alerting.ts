import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ReceiverAnswer, startHttpReceiver, startMailServer } from '../../../test/helpers/receivers.ts'
import type { Channel } from '../../src/server/services/alerts/channel-kinds.ts'
import { openAlerting } from '../../src/server/services/alerts/open-alerting.ts'
import { type RuleInput, ruleInputSchema } from '../../src/server/services/alerts/rules.ts'
import type { TestApp } from './app.ts'

/** What must be in no answer, no message that is kept and no table. */
export const secret = 'canary-of-a-channel-81c0'

/** Alerts over the app's database, which reach receivers on loopback and do not wait long for them. */
export function alertingOf(app: TestApp, mayGoInside = true, proxy?: URL) {
  return openAlerting({
    ...{ database: app.database, sealer: app.sealer, registry: app.registry, labels: app.labels },
    ...{ directory: app.lab.directory, publicUrl: 'https://backups.example.com' },
    limits: () => ({ mayGoInside, timeoutMs: 500, proxy }),
    changed: () => {},
  })
}
export type Alerting = ReturnType<typeof alertingOf>

/** Servers that a test has started, which end with it. */
export function receivers() {
  const stops: (() => Promise<void>)[] = []
  return {
    async http(answers?: ReceiverAnswer[]) {
      const receiver = await startHttpReceiver(answers)
      stops.push(receiver.stop)
      return receiver
    },
    async mail() {
      const server = await startMailServer('ops', secret)
      stops.push(server.stop)
      return server
    },
    async stop() {
      for (const stop of stops.splice(0)) await stop()
    },
  }
}

/** A channel of each kind that leads to these. */
export function channelsTo(url: string, smtp: string): Channel[] {
  const address = `${url}/${secret}`
  return [
    { kind: 'mail', to: ['ops@example.com'], from: 'backup@example.com', smtp },
    { kind: 'webhook', url: address, key: secret },
    { kind: 'slack', url: address },
    { kind: 'discord', url: address },
    { kind: 'teams', url: address },
    { kind: 'ntfy', server: url, topic: 'backups', token: secret },
    { kind: 'pagerduty', server: url, routingKey: secret },
    { kind: 'healthchecks', url: address },
  ]
}

export const rule = (changes: Partial<RuleInput> & Pick<RuleInput, 'channelIds'>): RuleInput =>
  ruleInputSchema.parse({
    name: 'everything',
    events: ['failed', 'degraded', 'overdue', 'drill-failed', 'growth', 'shrink'],
    scope: { type: 'all' },
    ...changes,
  })

/** All bytes of the database, also those that are not yet in its main file. */
export function databaseBytes(app: TestApp): string {
  const path = join(app.lab.directory, 'dashboard.sqlite')
  return ['', '-wal'].map((end) => readFileSync(path + end, 'latin1')).join('')
}
