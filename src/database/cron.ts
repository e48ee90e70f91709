import { z } from 'zod'
import { type Finding, finding } from '../common/findings.ts'
import type { PsqlSession } from './psql.ts'
import type { Recorded } from './recorded.ts'
import { quoteText } from './statements.ts'

type Job = Recorded['cronJobs'][number]

const scheduledRow = z.object({ id: z.coerce.string() })

function found(
  severity: Finding['severity'],
  kind: string,
  message: string,
  jobs: readonly Job[],
): Finding[] {
  if (jobs.length === 0) return []
  return [
    finding({
      component: 'database',
      severity,
      kind,
      message,
      names: jobs.map(({ name, command }) => name ?? command),
    }),
  ]
}

/**
 * Schedules the recorded jobs of pg_cron, whose table cannot be written.
 * @param options.arm whether those that were active become so at once
 * @param options.user whose jobs can be made; others' take a superuser
 */
export async function restoreCronJobs(
  session: PsqlSession,
  jobs: readonly Job[],
  options: { targetHasCron: boolean; arm: boolean; user: string },
): Promise<Finding[]> {
  if (!options.targetHasCron)
    return found('manual', 'cron-missing', 'The target has no pg_cron: these jobs were not restored.', jobs)
  const own = jobs.filter(({ username }) => username === options.user)
  for (const { name, schedule, command, active } of own) {
    const parts = [...(name === null ? [] : [name]), schedule, command].map(quoteText).join(', ')
    const [job] = await session.rows(`SELECT cron.schedule(${parts}) AS id`, scheduledRow)
    if (job && !(active && options.arm))
      await session.run(`SELECT cron.alter_job(${job.id}, active := false);\n`)
  }
  const disarmed = own.filter(({ active }) => active && !options.arm)
  return [
    ...found(
      'note',
      'cron-disarmed',
      'These cron jobs were restored inactive; restore.sh --arm activates them.',
      disarmed,
    ),
    ...found(
      'manual',
      'cron-of-others',
      `These cron jobs belong to another role than ${options.user} and were not restored.`,
      jobs.filter((job) => !own.includes(job)),
    ),
  ]
}
