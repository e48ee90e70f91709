import { finding } from '../common/findings.ts'
import type { StandIn, StandInContext } from '../components/component.ts'
import { startManagementTarget } from '../drill/management-target.ts'

const proven =
  'The drill set the settings at a stand-in of the Management API and read them back: it proves that they are in the backup and can be set, not what the platform makes of them.'

/** The settings' part of the throwaway project. */
export async function standInForSettings(context: StandInContext): Promise<StandIn> {
  const findings = [
    finding({ component: 'settings', severity: 'note', kind: 'drill-stand-in', count: 1, message: proven }),
  ]
  return { findings, ...(await startManagementTarget(context)) }
}
