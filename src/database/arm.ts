import { join } from 'node:path'
import type pg from 'pg'
import { z } from 'zod'
import type { Log } from '../common/log.ts'
import { plural } from '../common/units.ts'
import { connect, type DatabaseConnection } from './connection.ts'
import { readContents } from './contents.ts'
import { isManagedSchema } from './platform.ts'
import { readRecorded } from './recorded.ts'
import { decide } from './rules.ts'
import { quoteName } from './statements.ts'
import { inspectTarget } from './target.ts'
import { planWebhooks, type WebhookTrigger } from './webhooks.ts'

const phase = 'database/arm'

export interface Armed {
  /** Names of what became active. */
  cronJobs: string[]
  webhooks: string[]
}

/** Makes a restored database act on the world again: the cron jobs and webhooks that were active in the backup. */
export async function armDatabase(options: {
  generation: string
  target: DatabaseConnection
  log: Log
}): Promise<Armed> {
  const recorded = await readRecorded(options.generation)
  const { entries } = await readContents(join(options.generation, 'database', 'dump'))
  const target = await inspectTarget(options.target)
  const webhooks = await planWebhooks(decide(entries, recorded), { arm: false, schemas: target.schemas })
  const client = await connect(options.target, phase)
  try {
    await client.query('begin')
    const armed = {
      webhooks: await armWebhooks(client, [...webhooks.disable, ...webhooks.leaveOut]),
      cronJobs: target.server.relations.has('cron.job')
        ? await armCronJobs(
            client,
            recorded.cronJobs.filter(({ active }) => active),
          )
        : [],
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

async function armCronJobs(
  client: pg.Client,
  jobs: readonly { name: string | null; schedule: string; command: string }[],
): Promise<string[]> {
  const armed: string[] = []
  for (const { name, schedule, command } of jobs) {
    const { rowCount } = await client.query(
      `select cron.alter_job(jobid, active := true) from cron.job
        where jobname is not distinct from $1 and schedule = $2 and command = $3 and not active and username = current_user`,
      [name, schedule, command],
    )
    if (rowCount) armed.push(name ?? command)
  }
  return armed
}
