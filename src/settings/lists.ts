import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Part, type Values, withoutSecrets } from './part.ts'

const text = z.string().nullish()

const samlSchema = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      saml: z.looseObject({
        entity_id: z.string(),
        metadata_url: text,
        metadata_xml: text,
        attribute_mapping: z.record(z.string(), z.unknown()).nullish(),
        name_id_format: text,
      }),
      domains: z.array(z.looseObject({ domain: text })).nullish(),
    }),
  ),
})

type SamlProvider = z.infer<typeof samlSchema>['items'][number]

/** What was set of a provider: its metadata are what its address gives, where it has one. */
function settingOf({ saml, domains }: SamlProvider): Values {
  const { metadata_url: url, metadata_xml: xml, attribute_mapping: mapping, name_id_format: format } = saml
  return {
    ...(url ? { metadata_url: url } : xml && { metadata_xml: xml }),
    domains: (domains ?? []).flatMap(({ domain }) => domain ?? []).toSorted(),
    ...(mapping && Object.keys(mapping).length > 0 && { attribute_mapping: mapping }),
    ...(format && { name_id_format: format }),
  }
}

const samlRoute = '/config/auth/sso/providers'

/** The providers of single sign-on, by the entity that each is. */
export const samlProviders: Part = {
  name: 'sso',
  route: samlRoute,
  permission: { read: 'auth_config_read', write: 'auth_config_write' },
  // Where SAML is off.
  absent: [404],
  take(answer) {
    const entries = samlSchema.parse(answer).items.map((item) => [item.saml.entity_id, settingOf(item)])
    return { ...withoutSecrets(Object.fromEntries(entries)), unknown: [], missing: [] }
  },
  writer: {
    async set(routes, changes) {
      const idOf = async (entity: string) => {
        const { items } = samlSchema.parse(await routes.read(samlRoute))
        return items.find(({ saml }) => saml.entity_id === entity)?.id
      }
      for (const [entity, wanted] of Object.entries(changes)) {
        const id = await idOf(entity)
        const one = `${samlRoute}/${encodeURIComponent(id ?? '')}`
        if (wanted === null) {
          if (id !== undefined) await routes.write('DELETE', one)
        } else if (id !== undefined) await routes.write('PUT', one, wanted)
        else
          await routes.create(
            samlRoute,
            { type: 'saml', ...Object(wanted) },
            async () => (await idOf(entity)) !== undefined,
          )
      }
    },
    canUnset: () => true,
  },
}

const thirdPartySchema = z.array(
  z.looseObject({
    id: z.string(),
    oidc_issuer_url: text,
    jwks_url: text,
    custom_jwks: z.unknown().optional(),
  }),
)

type ThirdParty = z.infer<typeof thirdPartySchema>[number]

function thirdPartySettingOf({
  oidc_issuer_url: issuer,
  jwks_url: keys,
  custom_jwks: own,
}: ThirdParty): Values {
  return {
    ...(issuer && { oidc_issuer_url: issuer }),
    ...(keys && { jwks_url: keys }),
    ...(own !== undefined && own !== null && { custom_jwks: own }),
  }
}

/** What is known of it by name: where its keys come from, else the keys themselves. */
function thirdPartyName(item: ThirdParty): string {
  const address = item.oidc_issuer_url || item.jwks_url
  if (address) return address
  return `keys-${createHash('sha256').update(JSON.stringify(item.custom_jwks)).digest('hex').slice(0, 12)}`
}

const thirdPartyRoute = '/config/auth/third-party-auth'

/** Foreign issuers whose tokens are believed. */
export const thirdPartyAuth: Part = {
  name: 'third-party-auth',
  route: thirdPartyRoute,
  permission: { read: 'auth_config_read', write: 'auth_config_write' },
  take(answer) {
    const entries = thirdPartySchema
      .parse(answer)
      .map((item) => [thirdPartyName(item), thirdPartySettingOf(item)])
    return { ...withoutSecrets(Object.fromEntries(entries)), unknown: [], missing: [] }
  },
  writer: {
    async set(routes, changes, current) {
      const idOf = async (name: string) =>
        thirdPartySchema
          .parse(await routes.read(thirdPartyRoute))
          .find((item) => thirdPartyName(item) === name)?.id
      for (const [name, wanted] of Object.entries(changes)) {
        // There is no way to change one.
        const id = await idOf(name)
        if (id !== undefined) await routes.write('DELETE', `${thirdPartyRoute}/${encodeURIComponent(id)}`)
        const create = (issuer: unknown) =>
          routes.create(thirdPartyRoute, issuer, async () => (await idOf(name)) !== undefined)
        if (wanted !== null)
          await create(wanted).catch(async (error: unknown) => {
            if (id !== undefined) await create(current[name])
            throw error
          })
      }
    },
    canUnset: () => true,
  },
}
