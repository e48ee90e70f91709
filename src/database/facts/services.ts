import { z } from 'zod'
import { readSecrets } from '../vault/root-key.ts'
import { type VaultSecret, vaultSecretSchema } from '../vault/secret.ts'
import type { Fact, OptionalRelation } from './fact.ts'

const cronRow = z.object({
  jobId: z.string(),
  name: z.string().nullable(),
  schedule: z.string(),
  command: z.string(),
  database: z.string(),
  username: z.string(),
  active: z.boolean(),
})

/** Jobs of pg_cron; its table is readable but not writable, a restore calls `cron.schedule`. */
export const cronJobs: Fact<z.infer<typeof cronRow>> = {
  file: 'cron.jsonl',
  row: cronRow,
  sql: ({ relations }) =>
    relations.has('cron.job')
      ? `select jobid::text as "jobId", jobname::text as name, schedule, command, database, username, active
         from cron.job order by jobid`
      : undefined,
}

const queueRow = z.object({
  name: z.string(),
  partitioned: z.boolean(),
  unlogged: z.boolean(),
  created: z.string(),
  /** Whether its tables belong to the extension: no dump holds those, nor the messages in them. */
  undumped: z.boolean(),
})
export type Queue = z.infer<typeof queueRow>

/** Queues of pgmq. Their list is in no dump, as it is a table of the extension's own; a restore writes it anew. */
export const queues: Fact<Queue> = {
  file: 'queues.jsonl',
  row: queueRow,
  sql: ({ relations }) =>
    relations.has('pgmq.meta')
      ? `select q.queue_name::text as name, q.is_partitioned as partitioned, q.is_unlogged as unlogged,
           q.created_at::text as created, exists (
             select from pg_catalog.pg_depend d join pg_catalog.pg_class c on c.oid = d.objid
             where d.classid = 'pg_catalog.pg_class'::regclass and d.deptype = 'e'
               and c.relnamespace = pg_catalog.to_regnamespace('pgmq')
               and c.relname = 'q_' || lower(q.queue_name)) as undumped
         from pgmq.meta q order by 1`
      : undefined,
}

/** Secrets of the vault, decrypted; a restore calls `vault.create_secret`. */
export const vaultSecrets: Fact<VaultSecret> = {
  file: 'vault.jsonl',
  row: vaultSecretSchema,
  reader: readSecrets,
  sql: ({ relations }) =>
    relations.has('vault.decrypted_secrets')
      ? `select id::text as id, name, description, decrypted_secret as secret
         from vault.decrypted_secrets order by created_at, id`
      : undefined,
}

/** The same as the server keeps them. */
export const sealedVaultSecrets: Fact<VaultSecret> = {
  ...vaultSecrets,
  sql: ({ relations }) =>
    relations.has('vault.decrypted_secrets')
      ? `select id::text as id, name, description, null::text as secret,
           jsonb_build_object('secret', replace(secret, E'\\n', ''), 'nonce', encode(nonce, 'hex'),
             'created', created_at, 'updated', updated_at) as sealed
         from vault.secrets order by created_at, id`
      : undefined,
}

/** The same without their values. */
export const vaultSecretNames: Fact<VaultSecret> = {
  ...vaultSecrets,
  sql: ({ relations }) =>
    relations.has('vault.decrypted_secrets')
      ? `select id::text as id, name, description, null::text as secret
         from vault.decrypted_secrets order by created_at, id`
      : undefined,
}

const serviceRow = z.object({
  service: z.enum(['auth', 'storage', 'realtime']),
  /** The newest migration of the service: what its tables look like depends on it. */
  version: z.string(),
})

const newestMigration: { service: string; relation: OptionalRelation; sql: string }[] = [
  {
    service: 'auth',
    relation: 'auth.schema_migrations',
    sql: 'max(version::text) from auth.schema_migrations',
  },
  { service: 'storage', relation: 'storage.migrations', sql: 'max(id)::text from storage.migrations' },
  {
    service: 'realtime',
    relation: 'realtime.schema_migrations',
    sql: 'max(version)::text from realtime.schema_migrations',
  },
]

/** Versions of the platform's services, as far as the database shows them. */
export const services: Fact<z.infer<typeof serviceRow>> = {
  file: 'services.jsonl',
  row: serviceRow,
  sql: ({ relations }) => {
    const known = newestMigration
      .filter(({ relation }) => relations.has(relation))
      .map(({ service, sql }) => `select '${service}' as service, ${sql}`)
    if (known.length === 0) return undefined
    return `select * from (${known.join(' union all ')}) as newest (service, version) where version is not null`
  },
}
