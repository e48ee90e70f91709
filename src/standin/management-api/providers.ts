import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ApiFault, type Call, type Handler, ok } from './exchange.ts'
import type { SsoProvider, ThirdPartyIssuer } from './project-state.ts'

const samlBody = z.object({
  type: z.literal('saml').optional(),
  metadata_xml: z.string().optional(),
  metadata_url: z.string().optional(),
  domains: z.array(z.string()).optional(),
  attribute_mapping: z.record(z.string(), z.unknown()).optional(),
  name_id_format: z.string().optional(),
})

type SamlBody = z.infer<typeof samlBody>

function requireSaml({ project }: Call): void {
  if (project.auth['saml_enabled'] !== true)
    throw new ApiFault(404, 'SAML 2.0 support is not enabled for this project')
}

/** Who a provider is stands in its metadata; what an address would give is not fetched here. */
function entityOf({ project }: Call, { metadata_xml: xml, metadata_url: url }: SamlBody): string {
  if ((xml === undefined) === (url === undefined))
    throw new ApiFault(400, 'Exactly one of metadata_xml and metadata_url has to be set')
  if (url !== undefined) return project.samlEntities.get(url) ?? url
  const [, entity] = /\bentityID="([^"]+)"/.exec(xml ?? '') ?? []
  if (entity === undefined) throw new ApiFault(400, 'SAML Metadata do not contain an EntityID')
  return entity
}

function domainsOf(names: readonly string[] = []): SsoProvider['domains'] {
  const now = new Date().toISOString()
  return names.map((domain) => ({ id: randomUUID(), domain, created_at: now, updated_at: now }))
}

function find({ project, params }: Call): SsoProvider {
  const found = project.ssoProviders.find(({ id }) => id === params['provider'])
  if (found) return found
  throw new ApiFault(404, 'SSO Identity Provider not found')
}

export const listSso: Handler = (call) => {
  requireSaml(call)
  return ok({ items: call.project.ssoProviders })
}

export const getSso: Handler = (call) => ok(find(call))

export const addSso: Handler = async (call) => {
  requireSaml(call)
  const body = samlBody.required({ type: true }).parse(await call.json())
  const entity = entityOf(call, body)
  if (call.project.ssoProviders.some(({ saml }) => saml.entity_id === entity))
    throw new ApiFault(422, `SAML Identity Provider with this EntityID (${entity}) already exists`)
  const now = new Date().toISOString()
  const { domains, type: _, ...saml } = body
  const provider: SsoProvider = {
    id: randomUUID(),
    saml: { id: randomUUID(), entity_id: entity, ...saml },
    domains: domainsOf(domains),
    ...{ created_at: now, updated_at: now },
  }
  call.project.ssoProviders.push(provider)
  return { status: 201, body: provider }
}

export const changeSso: Handler = async (call) => {
  const provider = find(call)
  const { domains, type: _, ...saml } = samlBody.parse(await call.json())
  Object.assign(provider.saml, saml)
  if (domains !== undefined) provider.domains = domainsOf(domains)
  return ok(provider)
}

export const removeSso: Handler = (call) => {
  const provider = find(call)
  call.project.ssoProviders = call.project.ssoProviders.filter((other) => other !== provider)
  return ok(provider)
}

export const listThirdParty: Handler = ({ project }) => ok(project.thirdPartyAuth)

const issuerBody = z.object({
  oidc_issuer_url: z.string().optional(),
  jwks_url: z.string().optional(),
  custom_jwks: z.unknown().optional(),
})

export const addThirdParty: Handler = async ({ project, json }) => {
  const now = new Date().toISOString()
  const added: ThirdPartyIssuer = {
    ...{ id: randomUUID(), type: 'oidc', inserted_at: now, updated_at: now },
    ...issuerBody.parse(await json()),
  }
  project.thirdPartyAuth.push(added)
  return { status: 201, body: added }
}

function findIssuer({ project, params }: Call): ThirdPartyIssuer {
  const found = project.thirdPartyAuth.find(({ id }) => id === params['issuer'])
  if (found) return found
  throw new ApiFault(404, 'Third-party auth integration not found')
}

export const getThirdParty: Handler = (call) => ok(findIssuer(call))

export const removeThirdParty: Handler = (call) => {
  const issuer = findIssuer(call)
  call.project.thirdPartyAuth = call.project.thirdPartyAuth.filter((other) => other !== issuer)
  return ok(issuer)
}
