/**
 * What belongs to the platform in a Supabase database, and not to its user: one place for the capture, the rules of
 * the restore, and the documentation. Sources: supautils' reserved roles and memberships in supabase/postgres, the
 * exclusion lists of `supabase db dump`, and a hosted-like database of PostgreSQL 15.
 */

/** Roles the platform creates; a custom role that merely begins with `supabase_` is the user's. */
export const reservedRoles: readonly string[] = [
  'anon',
  'authenticated',
  'authenticator',
  'dashboard_user',
  'pgbouncer',
  'pgsodium_keyholder',
  'pgsodium_keyiduser',
  'pgsodium_keymaker',
  'pgtle_admin',
  'postgres',
  'service_role',
  'supabase_admin',
  'supabase_auth_admin',
  'supabase_etl_admin',
  'supabase_functions_admin',
  'supabase_privileged_role',
  'supabase_read_only_user',
  'supabase_realtime_admin',
  'supabase_replication_admin',
  'supabase_storage_admin',
  'supabase_superuser',
]

/** PostgreSQL's predefined roles and the CLI's temporary login roles. */
export const reservedRolePrefixes: readonly string[] = ['pg_', 'cli_login_']

/** Whether a role belongs to the platform: never created, altered or dropped, whatever the dump says. */
export function isReservedRole(name: string): boolean {
  return reservedRoles.includes(name) || reservedRolePrefixes.some((prefix) => name.startsWith(prefix))
}

/** Roles whose membership nobody but a superuser may grant (supautils' reserved memberships). */
export function isReservedMembership(role: string): boolean {
  return (
    role === 'dashboard_user' ||
    role === 'pgbouncer' ||
    role === 'authenticator' ||
    (role.startsWith('supabase_') && isReservedRole(role)) ||
    ['pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'].includes(role)
  )
}

/** Reserved roles whose settings role `postgres` may change (`ALTER ROLE … SET`). */
export const configurableReservedRoles: readonly string[] = [
  'anon',
  'authenticated',
  'authenticator',
  'postgres',
  'service_role',
]

/** Settings the platform makes itself on those roles and on the database: left as the target has them. */
const platformSettings: readonly string[] = [
  'session_preload_libraries',
  'safeupdate.enabled',
  'app.settings.jwt_exp',
  'app.settings.jwt_secret',
]

/** Whether a setting is one the platform makes itself, of which nothing has to be restored. */
export function isPlatformSetting(role: string | null, name: string): boolean {
  return platformSettings.includes(name) && (role === null || configurableReservedRoles.includes(role))
}

/** Settings above user level that supautils lets role `postgres` make; a trailing `.` stands for a whole extension's. */
const privilegedSettings: readonly string[] = [
  'auto_explain.',
  'log_lock_waits',
  'log_min_duration_statement',
  'log_min_messages',
  'log_statement',
  'pg_stat_statements.',
  'pgaudit.',
  'pgrst.',
  'plan_filter.',
  'session_replication_role',
  'track_io_timing',
]

/**
 * Whether role `postgres` may make a setting for a role or database.
 * @param name the parameter's name
 * @param context its `pg_settings.context`, or null for a parameter the server does not know (`app.anything`),
 *   which since PostgreSQL 15 only a superuser may set
 */
export function isRestorableSetting(name: string, context: string | null): boolean {
  if (platformSettings.includes(name)) return false
  if (context === 'user') return true
  return privilegedSettings.some((allowed) =>
    allowed.endsWith('.') ? name.startsWith(allowed) : name === allowed,
  )
}

/** Schemas whose objects the platform or an extension creates and upgrades; `*` stands for any ending. */
const managedSchemaPatterns: readonly string[] = [
  'information_schema',
  'pg_*',
  '_analytics',
  '_realtime',
  '_supavisor',
  'auth',
  'cron',
  'dbdev',
  'etl',
  'extensions',
  'graphql',
  'graphql_public',
  'net',
  'pgbouncer',
  'pgsodium',
  'pgsodium_masks',
  'pgtle',
  'realtime',
  'repack',
  'storage',
  'supabase_functions',
  'tiger',
  'tiger_data',
  'timescaledb_*',
  '_timescaledb_*',
  'topology',
  'vault',
]

/** SQL: whether the schema named by an expression is the platform's, PostgreSQL's own left aside. */
export function managedSchemaSql(expression: string): string {
  const patterns = managedSchemaPatterns.filter(
    (pattern) => !['information_schema', 'pg_*'].includes(pattern),
  )
  return `(${patterns
    .map((pattern) =>
      pattern.endsWith('*')
        ? `starts_with(${expression}, '${pattern.slice(0, -1)}')`
        : `${expression} = '${pattern}'`,
    )
    .join(' or ')})`
}

/** Whether a schema is the platform's; `supabase_migrations` is not, it holds the user's migration history. */
export function isManagedSchema(name: string): boolean {
  return managedSchemaPatterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  )
}

/** Who owns what the services make in their schemas; everything there of anybody else was put there by hand. */
export const platformOwners: readonly { schema: string; owners: readonly string[] }[] = [
  { schema: 'auth', owners: ['supabase_auth_admin'] },
  { schema: 'storage', owners: ['supabase_storage_admin'] },
  { schema: 'realtime', owners: ['supabase_realtime_admin', 'supabase_admin'] },
]

/** What the platform makes in its schemas in every project, in older ones under other owners too. */
export const platformNames: readonly { schema: string; names: readonly string[] }[] = [
  {
    schema: 'auth',
    names: [
      ...[
        'audit_log_entries',
        'instances',
        'refresh_tokens',
        'refresh_tokens_id_seq',
        'schema_migrations',
        'users',
      ],
      ...['email', 'jwt', 'role', 'uid'],
    ],
  },
  {
    schema: 'storage',
    names: [
      ...[
        'buckets',
        'migrations',
        'objects',
        'extension',
        'filename',
        'foldername',
        'get_size_by_bucket',
        'search',
      ],
      'update_updated_at_column',
    ],
  },
  {
    schema: 'extensions',
    names: [
      ...['grant_pg_cron_access', 'grant_pg_graphql_access', 'grant_pg_net_access', 'pgrst_ddl_watch'],
      ...['pgrst_drop_watch', 'set_graphql_placeholder'],
    ],
  },
  { schema: 'graphql_public', names: ['graphql'] },
  { schema: 'pgbouncer', names: ['get_auth'] },
]

/** Managed schemas on whose tables users make policies and triggers of their own. */
export const extensibleSchemas: readonly string[] = ['auth', 'storage', 'realtime']

/** Managed schemas whose rows are the user's: account and object records. */
export const dataSchemas: readonly string[] = ['auth', 'storage']

/** Tables of those schemas that role `postgres` may not write: the services' own migrations, and vector buckets. */
export const tablesNeverRestored: readonly string[] = [
  'auth.schema_migrations',
  'storage.migrations',
  'storage.buckets_vectors',
  'storage.vector_indexes',
]

/** The publication whose members are the user's although the publication is the platform's. */
export const realtimePublication = 'supabase_realtime'

/** Whether a publication is created by the platform. Realtime's own carries a version in its name. */
export function isPlatformPublication(name: string): boolean {
  return (
    name === realtimePublication ||
    name.startsWith('supabase_realtime_messages_publication') ||
    name.startsWith('realtime_messages_publication')
  )
}

/** Extensions that the platform installs for role `postgres`, also those that PostgreSQL leaves to superusers (supautils). */
export const platformExtensions: readonly string[] = [
  'address_standardizer',
  'address_standardizer_data_us',
  'autoinc',
  'bloom',
  'btree_gin',
  'btree_gist',
  'citext',
  'cube',
  'dblink',
  'dict_int',
  'dict_xsyn',
  'earthdistance',
  'fuzzystrmatch',
  'hstore',
  'http',
  'hypopg',
  'index_advisor',
  'insert_username',
  'intarray',
  'isn',
  'ltree',
  'moddatetime',
  'orioledb',
  'pg_cron',
  'pg_graphql',
  'pg_hashids',
  'pg_jsonschema',
  'pg_net',
  'pg_partman',
  'pg_prewarm',
  'pg_repack',
  'pg_stat_monitor',
  'pg_stat_statements',
  'pg_tle',
  'pg_trgm',
  'pg_walinspect',
  'pgaudit',
  'pgcrypto',
  'pgjwt',
  'pgmq',
  'pgroonga',
  'pgroonga_database',
  'pgrouting',
  'pgrowlocks',
  'pgsodium',
  'pgstattuple',
  'pgtap',
  'plcoffee',
  'pljava',
  'plls',
  'plpgsql',
  'plpgsql_check',
  'plv8',
  'postgis',
  'postgis_raster',
  'postgis_sfcgal',
  'postgis_tiger_geocoder',
  'postgis_topology',
  'postgres_fdw',
  'refint',
  'rum',
  'seg',
  'sslinfo',
  'supabase_vault',
  'tablefunc',
  'tcn',
  'timescaledb',
  'tsm_system_rows',
  'tsm_system_time',
  'unaccent',
  'uuid-ossp',
  'vector',
  'wrappers',
]
