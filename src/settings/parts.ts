import { z } from 'zod'
import { authFields, authFieldsNeverNull } from './auth-fields.ts'
import { samlProviders, thirdPartyAuth } from './lists.ts'
import { fieldsPart, nest, type Part, type PartWriter, type Values } from './part.ts'
import { recordedParts } from './recorded.ts'

/** Sends the changes alone. */
const patch = (route: string, canUnset: (field: string) => boolean = () => false): PartWriter => ({
  set: (routes, changes) => routes.write('PATCH', route, nest(changes)),
  canUnset,
})

const auth = fieldsPart(
  {
    name: 'auth',
    route: '/config/auth',
    permission: { read: 'auth_config_read', write: 'auth_config_write and project_admin_write' },
    fields: authFields,
    readOnly: [
      ...['audit_log_disable_postgres', 'custom_oauth_max_providers', 'mfa_allow_low_aal'],
      ...['index_worker_ensure_user_search_indexes_exist', 'nimbus_oauth_email_optional'],
      ...['saml_allow_encrypted_assertions', 'security_update_password_require_current_password'],
    ],
    complete: true,
  },
  patch('/config/auth', (field) => !authFieldsNeverNull.includes(field)),
)

const postgrest = fieldsPart(
  {
    name: 'postgrest',
    route: '/postgrest',
    permission: { read: 'data_api_config_read', write: 'data_api_config_write' },
    fields: ['db_extra_search_path', 'db_schema', 'max_rows', 'db_pool'],
    readOnly: ['jwt_secret'],
    complete: true,
  },
  patch('/postgrest'),
)

const storage = fieldsPart(
  {
    name: 'storage',
    route: '/config/storage',
    permission: { read: 'storage_config_read', write: 'storage_config_write' },
    fields: [
      'fileSizeLimit',
      ...['features.imageTransformation.enabled', 'features.s3Protocol.enabled'],
      ...['enabled', 'maxNamespaces', 'maxTables', 'maxCatalogs'].map(
        (field) => `features.icebergCatalog.${field}`,
      ),
      ...['enabled', 'maxBuckets', 'maxIndexes'].map((field) => `features.vectorBuckets.${field}`),
      'external.upstreamTarget',
    ],
    readOnly: ['capabilities', 'migrationVersion', 'databasePoolMode'],
    complete: true,
  },
  {
    // Of a feature the API wants all fields, or none.
    set: (routes, changes, current) =>
      routes.write('PATCH', '/config/storage', nest(withSiblings(changes, current))),
    canUnset: () => false,
  },
)

/** The changes, and what stands beside them in the same object. */
function withSiblings(changes: Values, current: Values): Values {
  const objectOf = (name: string) => name.slice(0, name.lastIndexOf('.') + 1)
  const touched = new Set(Object.keys(changes).map(objectOf))
  const beside = Object.entries(current).filter(
    ([name, value]) => objectOf(name) !== '' && touched.has(objectOf(name)) && value !== null,
  )
  return { ...Object.fromEntries(beside), ...changes }
}

const realtime = fieldsPart(
  {
    name: 'realtime',
    route: '/config/realtime',
    permission: { read: 'realtime_config_read', write: 'realtime_config_write' },
    fields: [
      ...['private_only', 'connection_pool', 'max_concurrent_users', 'max_events_per_second'],
      ...['max_bytes_per_second', 'max_channels_per_client', 'max_joins_per_second'],
      ...['max_presence_events_per_second', 'max_payload_size_in_kb', 'suspend', 'presence_enabled'],
    ],
    complete: true,
  },
  patch('/config/realtime'),
)

const postgres = fieldsPart(
  {
    name: 'postgres',
    route: '/config/database/postgres',
    permission: { read: 'database_config_read', write: 'database_config_write' },
    fields: [
      ...['effective_cache_size', 'logical_decoding_work_mem', 'maintenance_work_mem'],
      ...['track_activity_query_size', 'max_connections', 'max_locks_per_transaction'],
      ...['max_parallel_maintenance_workers', 'max_parallel_workers', 'max_parallel_workers_per_gather'],
      ...['max_replication_slots', 'max_slot_wal_keep_size', 'max_standby_archive_delay'],
      ...['max_standby_streaming_delay', 'max_wal_size', 'max_wal_senders', 'max_worker_processes'],
      ...['session_replication_role', 'shared_buffers', 'statement_timeout', 'track_commit_timestamp'],
      ...['wal_keep_size', 'wal_sender_timeout', 'work_mem', 'checkpoint_timeout', 'hot_standby_feedback'],
    ],
    // Only what differs from the platform's own is told.
    complete: false,
  },
  {
    // What is sent takes the place of all that was there. A restart is left to the operator, see `needsRestart`.
    set: (routes, changes, current) =>
      routes.write('PUT', '/config/database/postgres', {
        ...Object.fromEntries(
          Object.entries({ ...current, ...changes }).filter(([, value]) => value !== null),
        ),
        restart_database: false,
      }),
    canUnset: () => true,
  },
)

const poolersSchema = z.array(z.looseObject({ database_type: z.string() }))

const pooler = fieldsPart(
  {
    name: 'pooler',
    route: '/config/database/pooler',
    permission: { read: 'database_pooling_config_read', write: 'database_pooling_config_write' },
    fields: ['default_pool_size', 'pool_mode'],
    readOnly: [
      ...['identifier', 'database_type', 'is_using_scram_auth', 'db_user', 'db_host', 'db_port', 'db_name'],
      ...['connection_string', 'connectionString', 'max_client_conn'],
    ],
    complete: true,
    within: (answer) => poolersSchema.parse(answer).find(({ database_type: type }) => type === 'PRIMARY'),
  },
  patch('/config/database/pooler', (field) => field === 'default_pool_size'),
)

const networkSchema = z.looseObject({ config: z.record(z.string(), z.unknown()) })

const network = fieldsPart(
  {
    name: 'network-restrictions',
    route: '/network-restrictions',
    permission: {
      read: 'database_network_restrictions_read',
      write: 'database_network_restrictions_write',
    },
    fields: ['dbAllowedCidrs', 'dbAllowedCidrsV6'],
    complete: false,
    // The order of addresses says nothing.
    within: (answer) =>
      Object.fromEntries(
        Object.entries(networkSchema.parse(answer).config).map(([name, list]) => [
          name,
          Array.isArray(list) ? list.toSorted() : list,
        ]),
      ),
    cutsOff: true,
  },
  {
    set: (routes, changes, current) =>
      routes.write('POST', '/network-restrictions/apply', {
        ...current,
        ...Object.fromEntries(Object.entries(changes).map(([name, list]) => [name, list ?? []])),
      }),
    canUnset: () => true,
  },
)

const sslSchema = z.looseObject({ currentConfig: z.record(z.string(), z.unknown()) })

const ssl = fieldsPart(
  {
    name: 'ssl-enforcement',
    route: '/ssl-enforcement',
    permission: { read: 'database_ssl_config_read', write: 'database_ssl_config_write' },
    fields: ['database'],
    complete: true,
    within: (answer) => sslSchema.parse(answer).currentConfig,
    cutsOff: true,
  },
  {
    set: (routes, changes) => routes.write('PUT', '/ssl-enforcement', { requestedConfig: changes }),
    canUnset: () => false,
  },
)

/** Every route of settings, in the order in which they are written: providers of SAML need SAML to be on. */
export const parts: readonly Part[] = [
  ...[auth, samlProviders, thirdPartyAuth, postgrest, storage, realtime, postgres, pooler],
  ...recordedParts,
  ...[network, ssl],
]

export function findPart(name: string): Part | undefined {
  return parts.find((part) => part.name === name)
}

/** The part that a setting belongs to, and its name in it. */
export function placeOf(setting: string): { part: string; field: string } {
  const dot = setting.indexOf('.')
  return dot === -1
    ? { part: setting, field: '' }
    : { part: setting.slice(0, dot), field: setting.slice(dot + 1) }
}

/** Settings that PostgreSQL takes up when it starts (its documentation, context `postmaster`). */
const atStart = [
  ...['max_connections', 'max_locks_per_transaction', 'max_replication_slots', 'max_wal_senders'],
  ...['max_worker_processes', 'shared_buffers', 'track_activity_query_size', 'track_commit_timestamp'],
]

export function needsRestart(setting: string): boolean {
  const { part, field } = placeOf(setting)
  return part === 'postgres' && atStart.includes(field)
}
