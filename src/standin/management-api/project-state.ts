import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** A function as it was deployed. */
export interface DeployedFunction {
  id: string
  slug: string
  name: string
  version: number
  createdAt: number
  updatedAt: number
  verifyJwt: boolean
  /** As given at the deployment, relative to the project's root. */
  entrypoint: string
  importMap: string | undefined
  /** By path relative to the project's root. */
  files: ReadonlyMap<string, Buffer>
  sha256: string
  /** Fields that the API's description does not have, as a newer one may. */
  added?: Record<string, unknown>
}

export type Settings = Record<string, unknown>

export interface SsoProvider {
  id: string
  saml: {
    id: string
    entity_id: string
    metadata_url?: string | undefined
    metadata_xml?: string | undefined
    attribute_mapping?: Settings | undefined
    name_id_format?: string | undefined
  }
  domains: { id: string; domain: string; created_at: string; updated_at: string }[]
  created_at: string
  updated_at: string
}

/** An issuer whose tokens are believed. */
export interface ThirdPartyIssuer {
  id: string
  type: string
  oidc_issuer_url?: string | undefined
  jwks_url?: string | undefined
  custom_jwks?: unknown
  inserted_at: string
  updated_at: string
}

/** One project as the API knows it. */
export interface ProjectState {
  ref: string
  name: string
  status: string
  region: string
  /** What `db.<ref>.…` ends with. */
  domain: string
  postgresVersion: string
  pooler: { host: string; user: string; port: number }
  functions: Map<string, DeployedFunction>
  /** Sources that were bundled and wait for the PUT that makes them the functions, by slug. */
  bundles: Map<string, DeployedFunction>
  /** Plain values: the API itself answers only digests of them. */
  secrets: Map<string, string>
  auth: Settings
  postgrest: Settings
  storage: Settings
  realtime: Settings
  postgres: Settings
  sslEnforced: boolean
  networkRestrictions: { dbAllowedCidrs: string[]; dbAllowedCidrsV6: string[] }
  ssoProviders: SsoProvider[]
  /** Who the provider is whose metadata would be at an address. */
  samlEntities: Map<string, string>
  thirdPartyAuth: ThirdPartyIssuer[]
  poolerSettings: { default_pool_size: number | null; pool_mode: string }
  customHostname: string | undefined
  vanitySubdomain: string | undefined
  signingKeys: { id: string; algorithm: string; status: string; created_at: string; updated_at: string }[]
  rootKey: string
  /** The legacy ones, and those that take their place, where the project has them. */
  apiKeys: { anon: string; serviceRole: string; publishable?: string; secret?: string }
  webhooksEnabled: boolean
  bannedAddresses: string[]
}

/** Those of its services. */
function newSettings() {
  return {
    postgrest: {
      db_schema: 'public,graphql_public',
      max_rows: 1000,
      db_extra_search_path: 'public, extensions',
      db_pool: null,
      jwt_secret: randomBytes(64).toString('base64'),
    },
    storage: {
      fileSizeLimit: 52_428_800,
      features: {
        imageTransformation: { enabled: true },
        s3Protocol: { enabled: true },
        icebergCatalog: { enabled: true, maxNamespaces: 10, maxTables: 10, maxCatalogs: 2 },
        vectorBuckets: { enabled: true, maxBuckets: 10, maxIndexes: 5 },
      },
      capabilities: { list_v2: true, iceberg_catalog: true },
      external: { upstreamTarget: 'canary' },
      migrationVersion: 'operation-ergonomics',
      databasePoolMode: 'recycled',
    },
    realtime: {
      private_only: null,
      connection_pool: null,
      max_concurrent_users: null,
      max_events_per_second: null,
      max_bytes_per_second: null,
      max_channels_per_client: null,
      max_joins_per_second: null,
      max_presence_events_per_second: null,
      max_payload_size_in_kb: null,
      suspend: null,
      presence_enabled: false,
    },
  }
}

/** A project as the platform makes one: settings are those of the recording. */
export async function newProjectState(
  fields: Pick<ProjectState, 'ref'> & Partial<ProjectState>,
): Promise<ProjectState> {
  const auth = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(await readFile(new URL('auth-config.json', import.meta.url), 'utf8')))
  return {
    name: 'sandbox',
    status: 'ACTIVE_HEALTHY',
    region: 'us-east-1',
    domain: 'supabase.co',
    postgresVersion: '17.6.1.084',
    pooler: { host: 'aws-0-us-east-1.pooler.supabase.com', user: `postgres.${fields.ref}`, port: 6543 },
    functions: new Map(),
    bundles: new Map(),
    secrets: new Map(),
    auth,
    ...newSettings(),
    postgres: {},
    sslEnforced: false,
    networkRestrictions: { dbAllowedCidrs: ['0.0.0.0/0'], dbAllowedCidrsV6: ['::/0'] },
    ssoProviders: [],
    samlEntities: new Map(),
    thirdPartyAuth: [],
    poolerSettings: { default_pool_size: null, pool_mode: 'transaction' },
    customHostname: undefined,
    vanitySubdomain: undefined,
    signingKeys: [signingKey()],
    rootKey: randomBytes(32).toString('hex'),
    apiKeys: { anon: `anon-${randomUUID()}`, serviceRole: `service-role-${randomUUID()}` },
    webhooksEnabled: false,
    bannedAddresses: [],
    ...fields,
  }
}

function signingKey() {
  const made = '2026-01-01T00:00:00Z'
  return { id: randomUUID(), algorithm: 'ES256', status: 'in_use', created_at: made, updated_at: made }
}
