import { z } from 'zod'
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

const secretRow = z.object({
  id: z.string(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  /** In clear: the ciphertext is worthless on a server with another root key. Null where it could not be decrypted. */
  secret: z.string().nullable(),
})

/** Secrets of the vault, decrypted; a restore calls `vault.create_secret`. */
export const vaultSecrets: Fact<z.infer<typeof secretRow>> = {
  file: 'vault.jsonl',
  row: secretRow,
  sql: ({ relations }) =>
    relations.has('vault.decrypted_secrets')
      ? `select id::text as id, name, description, decrypted_secret as secret
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
