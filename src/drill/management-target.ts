import { randomBytes, randomInt } from 'node:crypto'
import { z } from 'zod'
import { finding } from '../common/findings.ts'
import { addSecrets } from '../common/redact.ts'
import type { StandIn, StandInContext } from '../components/component.ts'
import { readSettings } from '../settings/files.ts'
import { startManagementApi } from '../standin/management-api/server.ts'

/**
 * A component's part of the throwaway project that is at a stand-in of the Management API.
 * @param proven what that proves, and what it does not
 */
export function standInAtApi(
  component: string,
  proven: string,
): (context: StandInContext) => Promise<StandIn> {
  const kind = 'drill-stand-in'
  const findings = [finding({ component, severity: 'note', kind, count: 1, message: proven })]
  return async (context) => ({ findings, ...(await startManagementTarget(context)) })
}

/** The Management API of a throwaway project, with nothing in it; where another component has started one, that is it. */
export async function startManagementTarget({
  project,
  generation,
}: Pick<StandInContext, 'project' | 'generation'>): Promise<Omit<StandIn, 'findings'>> {
  if (project.management !== undefined) return { project: {}, async stop() {} }
  const token = `sbp_${randomBytes(20).toString('hex')}`
  addSecrets([token])
  const api = await startManagementApi({ token })
  const ref = Array.from({ length: 20 }, () => String.fromCharCode(97 + randomInt(26))).join('')
  await api.add({ ref, samlEntities: await samlEntitiesOf(generation) })
  return { project: { management: { endpoint: { url: api.url, token }, ref } }, stop: api.stop }
}

/** Who the providers of SAML are whose metadata the throwaway project, which asks nobody, would have to fetch. */
async function samlEntitiesOf(generation: string): Promise<Map<string, string>> {
  const saved = await readSettings(generation).catch(() => undefined)
  const providers = saved?.parts.find(({ name }) => name === 'sso')?.values ?? {}
  return new Map(
    Object.entries(providers).flatMap(([entity, provider]) => {
      const { metadata_url: url } = z.object({ metadata_url: z.string().optional() }).parse(provider)
      return url === undefined ? [] : [[url, entity] as const]
    }),
  )
}
