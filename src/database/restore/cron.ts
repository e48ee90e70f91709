import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { quoteText } from '../sql/statements.ts'

type Job = CatalogFacts['cronJobs'][number]

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

export interface CronOptions {
  targetHasCron: boolean
  /** Whether jobs that were active become so at once. */
  arm: boolean
  /** Whose jobs can be made; others' take a superuser. */
  user: string
}

/** Schedules the recorded jobs of pg_cron, whose table cannot be written. */
export async function restoreCronJobs(
  session: PsqlSession,
  jobs: readonly Job[],
  options: CronOptions,
): Promise<Finding[]> {
  if (options.targetHasCron)
    for (const job of ownJobs(jobs, options)) {
      const [scheduled] = await session.rows(`SELECT ${scheduleCall(job)} AS id`, scheduledRow)
      if (scheduled && !(job.active && options.arm))
        await session.run(`SELECT cron.alter_job(${scheduled.id}, active := false);\n`)
    }
  return cronFindings(jobs, options)
}

/** SQL: the call that makes a job. */
export function scheduleCall({
  name,
  schedule,
  command,
}: Pick<Job, 'name' | 'schedule' | 'command'>): string {
  const parts = [...(name === null ? [] : [name]), schedule, command].map(quoteText).join(', ')
  return `cron.schedule(${parts})`
}

function ownJobs(jobs: readonly Job[], { user }: CronOptions): Job[] {
  return jobs.filter(({ username }) => username === user)
}

/** What a restore has to say about the jobs. */
export function cronFindings(jobs: readonly Job[], options: CronOptions): Finding[] {
  if (!options.targetHasCron)
    return found(
      'manual',
      'cron-missing',
      'The target has no pg_cron: these jobs were not restored. Once it is enabled there, restore.sh --arm makes them.',
      jobs,
    )
  const own = ownJobs(jobs, options)
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
