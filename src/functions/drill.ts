import { randomBytes, randomInt } from 'node:crypto'
import { finding } from '../common/findings.ts'
import { addSecrets } from '../common/redact.ts'
import type { StandIn, StandInContext } from '../components/component.ts'
import { startManagementApi } from '../standin/management-api/server.ts'

const proven =
  'The drill deployed the functions to a stand-in of the Management API and read them back: it proves that all their files and settings are in the backup and can be deployed, not that the platform would bundle and run them. Their secrets are compared by name only where a real project is restored to.'

/** The Management API of the throwaway project, with nothing in it; where another component has started one, that is it. */
export async function standInForFunctions({ project }: StandInContext): Promise<StandIn> {
  const findings = [
    finding({ component: 'functions', severity: 'note', kind: 'drill-stand-in', count: 1, message: proven }),
  ]
  if (project.management !== undefined) return { project: {}, findings, async stop() {} }
  const token = `sbp_${randomBytes(20).toString('hex')}`
  addSecrets([token])
  const api = await startManagementApi({ token })
  const ref = Array.from({ length: 20 }, () => String.fromCharCode(97 + randomInt(26))).join('')
  await api.add({ ref })
  return { project: { management: { endpoint: { url: api.url, token }, ref } }, findings, stop: api.stop }
}
