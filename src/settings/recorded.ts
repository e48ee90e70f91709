import { z } from 'zod'
import { type FieldsPart, fieldsPart, type Part, type Values, withoutSecrets } from './part.ts'

/** Statuses by which the API says of what is to be bought that the project has not bought it. */
const notBought = [400, 402, 404]

/** What is told as fields of an object, and is to be bought by default. */
const recorded = (part: Omit<FieldsPart, 'complete'>): Part =>
  fieldsPart({ absent: notBought, ...part, complete: false })

const projectSchema = z.looseObject({
  name: z.string(),
  region: z.string(),
  database: z.looseObject({ version: z.string() }).optional(),
})

const project: Part = {
  name: 'project',
  route: '',
  permission: { read: 'project_admin_read' },
  take(answer) {
    const { name, region, database } = projectSchema.parse(answer)
    return listed({ name, region, database_version: database?.version ?? null })
  },
}

const listed = (values: Values) => ({ ...withoutSecrets(values), unknown: [], missing: [] })

const customHostname = recorded({
  name: 'custom-hostname',
  route: '/custom-hostname',
  permission: { read: 'custom_domain_read' },
  fields: ['custom_hostname', 'status'],
  // What the DNS has to say is other for each project.
  readOnly: ['data'],
})

const vanitySubdomain = recorded({
  name: 'vanity-subdomain',
  route: '/vanity-subdomain',
  permission: { read: 'vanity_subdomain_read' },
  fields: ['status', 'custom_domain'],
})

const dedicatedPooler = recorded({
  name: 'pgbouncer',
  route: '/config/database/pgbouncer',
  permission: { read: 'database_read' },
  fields: [
    ...['default_pool_size', 'ignore_startup_parameters', 'max_client_conn', 'pool_mode'],
    ...['server_idle_timeout', 'server_lifetime', 'query_wait_timeout', 'reserve_pool_size'],
  ],
  readOnly: ['connection_string'],
})

const disk = recorded({
  name: 'disk',
  route: '/config/disk',
  permission: { read: 'infra_disk_config_read' },
  fields: ['type', 'size_gb', 'iops', 'throughput_mibps'],
  within: (answer) => z.looseObject({ attributes: z.unknown() }).parse(answer).attributes,
})

const diskGrowth = recorded({
  name: 'disk-autoscale',
  route: '/config/disk/autoscale',
  permission: { read: 'infra_disk_config_read' },
  fields: ['growth_percent', 'min_increment_gb', 'max_size_gb'],
})

const keysSchema = z.array(
  z.looseObject({
    name: z.string(),
    type: z.string().nullish(),
    description: z.string().nullish(),
    secret_jwt_template: z.record(z.string(), z.unknown()).nullish(),
  }),
)

/** Which API keys there are; never the keys. */
const apiKeys: Part = {
  name: 'api-keys',
  route: '/api-keys',
  permission: { read: 'api_gateway_keys_read' },
  take: (answer) =>
    listed(
      Object.fromEntries(
        keysSchema
          .parse(answer)
          .map(({ name, type, description, secret_jwt_template: template }) => [
            `${type ?? 'legacy'}:${name}`,
            { description: description ?? null, role: template?.['role'] ?? null },
          ]),
      ),
    ),
}

const legacyKeys = recorded({
  name: 'legacy-api-keys',
  route: '/api-keys/legacy',
  absent: [],
  permission: { read: 'api_gateway_keys_read' },
  fields: ['enabled'],
})

const signingKeysSchema = z.looseObject({
  keys: z.array(z.looseObject({ id: z.string(), algorithm: z.string(), status: z.string() })),
})

/** Which keys tokens are signed with; never the keys. */
const signingKeys: Part = {
  name: 'signing-keys',
  route: '/config/auth/signing-keys',
  permission: { read: 'auth_signing_keys_read' },
  take: (answer) =>
    listed(
      Object.fromEntries(
        signingKeysSchema.parse(answer).keys.map(({ id, algorithm, status }) => [id, { algorithm, status }]),
      ),
    ),
}

/** What a project has besides its settings: recorded for who makes a new one, and never written. */
export const recordedParts: readonly Part[] = [
  ...[project, customHostname, vanitySubdomain, dedicatedPooler, disk, diskGrowth],
  ...[apiKeys, legacyKeys, signingKeys],
]
