import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import type { Log } from '../../common/log.ts'
import { plural } from '../../common/units.ts'
import { connect, type DatabaseConnection } from '../connect/connection.ts'
import { type CatalogFacts, readCatalogFacts } from '../facts/catalog-facts.ts'
import { readContents } from '../rules/contents.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { decide } from '../rules/rules.ts'
import { planWebhooks, type WebhookTrigger } from '../rules/webhooks.ts'
import { quoteName } from '../sql/statements.ts'
import { nameAmongAll, nameOfJob, ownJobs, scheduleCall } from './cron.ts'
import { inspectTarget } from './target.ts'

const phase = 'database/arm'

export interface Armed {
  /** Names of what became active. */
  cronJobs: string[]
  webhooks: string[]
  /** Names of what could not become active, and why. */
  notArmed: string[]
}

/** Makes a restored database act on the world again: the cron jobs and webhooks that were active in the backup. */
export async function armDatabase(options: {
  generation: string
  target: DatabaseConnection
  log: Log
}): Promise<Armed> {
  const recorded = await readCatalogFacts(options.generation)
  const { entries, database } = await readContents(join(options.generation, 'database', 'dump'))
  const target = await inspectTarget(options.target)
  const webhooks = await planWebhooks(decide(entries, recorded), { arm: false, schemas: target.schemas })
  const client = await connect(options.target, phase)
  try {
    await client.query('begin')
    const impossible = webhooks.impossible.map(({ name, schema, table }) => `${name} on ${schema}.${table}`)
    const cron = await armCronJobs(
      client,
      recorded.cronJobs.filter(({ active }) => active),
      { user: target.user, database, hasCron: target.server.relations.has('cron.job') },
    )
    const armed = {
      webhooks: await armWebhooks(client, [...webhooks.disable, ...webhooks.leaveOut]),
      cronJobs: cron.armed,
      notArmed: [
        ...cron.notArmed,
        ...impossible.map((name) => `webhook ${name}: the target has no Database Webhooks`),
      ],
    }
    await client.query('commit')
    options.log.info(
      `armed ${plural(armed.cronJobs.length, 'cron job')} and ${plural(armed.webhooks.length, 'webhook')}`,
    )
    return armed
  } finally {
    await client.end()
  }
}

async function armWebhooks(client: pg.Client, triggers: readonly WebhookTrigger[]): Promise<string[]> {
  const armed: string[] = []
  for (const trigger of triggers) {
    const { rows } = await client.query(
      `select tgenabled::text as state from pg_catalog.pg_trigger
        where tgrelid = pg_catalog.to_regclass($1) and tgname = $2`,
      [quoteName(trigger.schema, trigger.table), trigger.name],
    )
    const found = z.object({ state: z.string() }).optional().parse(rows[0])
    if (found === undefined) await client.query(trigger.create)
    else if (found.state === 'D' && !isManagedSchema(trigger.schema))
      await client.query(
        `alter table ${quoteName(trigger.schema, trigger.table)} enable trigger ${quoteName(trigger.name)}`,
      )
    else continue
    armed.push(`${trigger.name} on ${trigger.schema}.${trigger.table}`)
  }
  return armed
}

type Job = CatalogFacts['cronJobs'][number]

/** Activates the jobs, and makes those that the restore could not, where pg_cron came to the target later. */
async function armCronJobs(
  client: pg.Client,
  jobs: readonly Job[],
  { hasCron, ...whose }: { user: string; database: string; hasCron: boolean },
): Promise<{ armed: string[]; notArmed: string[] }> {
  const own = ownJobs(jobs, whose)
  const others = jobs
    .filter((job) => !own.includes(job))
    .map((job) => `cron job ${nameAmongAll(job, whose)}: a restore cannot make it`)
  if (!hasCron)
    return {
      armed: [],
      notArmed: [...own.map((job) => `cron job ${nameOfJob(job)}: the target has no pg_cron`), ...others],
    }
  const armed: string[] = []
  for (const job of own) {
    const { rows } = await client.query(
      `select jobid::text as id, active from cron.job
        where jobname is not distinct from $1 and schedule = $2 and command = $3 and username = current_user`,
      [job.name, job.schedule, job.command],
    )
    const found = z.array(z.object({ id: z.string(), active: z.boolean() })).parse(rows)
    for (const { id } of found.filter(({ active }) => !active))
      await client.query('select cron.alter_job($1::bigint, active := true)', [id])
    if (found.length === 0) await client.query(`select ${scheduleCall(job)}`)
    if (found.length === 0 || found.some(({ active }) => !active)) armed.push(nameOfJob(job))
  }
  return { armed, notArmed: others }
}
