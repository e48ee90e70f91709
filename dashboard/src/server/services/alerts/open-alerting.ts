import type { Sealer } from '../../crypto/seal.ts'
import type { Database } from '../../db/open.ts'
import type { Labels } from '../labels.ts'
import type { Registry } from '../registry.ts'
import { alertsOf } from './alerts.ts'
import { channelsOf } from './channels.ts'
import { deliveriesOf } from './deliveries.ts'
import type { Limits } from './guard.ts'
import { rulesOf } from './rule-store.ts'

/** Alerts with all that belongs to them. */
export function openAlerting(parts: {
  database: Database
  sealer: Sealer
  registry: Registry
  labels: Labels
  directory: string
  limits: () => Limits
  publicUrl: string | undefined
  changed: (projectId: string) => void
}) {
  const { database, sealer, registry, labels, directory, limits, publicUrl, changed } = parts
  const channels = channelsOf({ database, sealer })
  const deliveries = deliveriesOf({ database, channels, limits, publicUrl })
  const alerts = alertsOf({ database, registry, labels, channels, deliveries, directory, changed })
  const rules = rulesOf({ database, registry, channels, closeAll: alerts.closeAll })
  return {
    channels,
    deliveries,
    rules,
    ...{ list: alerts.list, get: alerts.get, acknowledge: alerts.acknowledge, summary: alerts.summary },
    /** Looks what is wrong, and sends what is due. */
    async tick(now = new Date()): Promise<void> {
      await alerts.look(now)
      await deliveries.sendDue(now)
    },
  }
}
