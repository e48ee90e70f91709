import { finding } from '../common/findings.ts'
import type { StandIn, StandInContext } from '../components/component.ts'
import { startManagementTarget } from '../drill/management-target.ts'

const proven =
  'The drill deployed the functions to a stand-in of the Management API and read them back: it proves that all their files and settings are in the backup and can be deployed, not that the platform would bundle and run them. Their secrets are compared by name only where a real project is restored to.'

/** The functions' part of the throwaway project. */
export async function standInForFunctions(context: StandInContext): Promise<StandIn> {
  const findings = [
    finding({ component: 'functions', severity: 'note', kind: 'drill-stand-in', count: 1, message: proven }),
  ]
  return { findings, ...(await startManagementTarget(context)) }
}
