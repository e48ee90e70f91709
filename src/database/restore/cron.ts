import { z } from 'zod'
import { type Finding, finding } from '../../common/findings.ts'
import type { PsqlSession } from '../connect/psql.ts'
import type { CatalogFacts } from '../facts/catalog-facts.ts'
import { quoteText } from '../sql/statements.ts'
import type { Weakening } from './weakened.ts'

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
      names: jobs.map(nameOfJob),
    }),
  ]
}

/** A job for people: those of one role have names of their own. */
export function nameOfJob({ name, command }: Pick<Job, 'name' | 'command'>): string {
  return name ?? command
}

export interface CronOptions {
  targetHasCron: boolean
  /** Whether jobs that were active become so at once. */
  arm: boolean
  /** Whose jobs can be made; others' take a superuser. */
  user: string
  /** The origin's database: jobs may run in others, of which there is no backup. */
  database: string
}

/** Schedules the recorded jobs of pg_cron, whose table cannot be written. */
export async function restoreCronJobs(
  session: PsqlSession,
  jobs: readonly Job[],
  options: CronOptions,
): Promise<{ findings: Finding[]; weakened: Weakening[] }> {
  if (options.targetHasCron)
    for (const job of ownJobs(jobs, options)) {
      const [scheduled] = await session.rows(`SELECT ${scheduleCall(job)} AS id`, scheduledRow)
      if (scheduled && !(job.active && options.arm))
        await session.run(`SELECT cron.alter_job(${scheduled.id}, active := false);\n`)
    }
  const findings = cronFindings(ownJobs(jobs, options), options)
  return { findings, weakened: options.targetHasCron ? refusedJobs(jobs, options) : [] }
}

/** Jobs that a restore cannot make, and why. */
export function refusedJobs(
  jobs: readonly Job[],
  options: Pick<CronOptions, 'user' | 'database'>,
): Weakening[] {
  const reasonOf = ({ username, database }: Job) =>
    username === options.user
      ? `it runs in database ${database}, which is not in the backup`
      : `it belongs to role ${username}, and pg_cron lets nobody but a superuser make jobs of others`
  const own = new Set(ownJobs(jobs, options))
  return jobs
    .filter((job) => !own.has(job))
    .map((job) => ({
      kind: 'refused',
      name: `cron job ${nameAmongAll(job, options)}`,
      reason: reasonOf(job),
    }))
}

/** A job's name among those of all roles and databases. */
export function nameAmongAll(
  job: Pick<Job, 'name' | 'command' | 'username' | 'database'>,
  { user, database }: Pick<CronOptions, 'user' | 'database'>,
): string {
  const of = job.username === user ? '' : ` of ${job.username}`
  return `${nameOfJob(job)}${of}${job.database === database ? '' : ` in database ${job.database}`}`
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

/** Those that a restore can make. */
export function ownJobs(
  jobs: readonly Job[],
  { user, database }: Pick<CronOptions, 'user' | 'database'>,
): Job[] {
  return jobs.filter((job) => job.username === user && job.database === database)
}

/** What a restore has to say about the jobs that it makes, or would make. */
export function cronFindings(jobs: readonly Job[], options: CronOptions): Finding[] {
  if (!options.targetHasCron)
    return found(
      'manual',
      'cron-missing',
      'The target has no pg_cron: these jobs were not restored. Once it is enabled there, restore.sh --arm makes them.',
      jobs,
    )
  return found(
    'note',
    'cron-disarmed',
    'These cron jobs were restored inactive; restore.sh --arm activates them.',
    jobs.filter(({ active }) => active && !options.arm),
  )
}
