import type { Log } from '../common/log.ts'
import type { Config } from '../config/config.ts'
import type { FinishedRun } from '../report/finish.ts'
import { type Overview, watchedKinds } from '../report/overview.ts'
import { writeMetrics } from './metrics.ts'
import type { RunStart } from './notifier.ts'
import { announceStart, eventOf, messageOf, notifiersOf, tellAll } from './notify.ts'

/** Tells those who wait for a run (Healthchecks) that it begins. */
export async function publishStart(run: RunStart, config: Config, log: Log): Promise<void> {
  await announceStart(notifiersOf(config), run, log)
}

/** Metrics and notifications about a finished run. What cannot be delivered is logged; it changes nothing. */
export async function publishRun(run: FinishedRun, text: string, config: Config, log: Log): Promise<void> {
  const { report, before, after } = run
  if (config.METRICS_DIR !== undefined)
    await writeMetrics(config.METRICS_DIR, after).catch((error: Error) =>
      log.warn(`The metrics could not be written: ${error.message}. The run is not affected.`),
    )
  const { project, kind } = report
  const message = messageOf({ event: eventOf(before, report), project, kind, text, report })
  await tellAll(notifiersOf(config), message, log)
}

/** Notifications about each backup or drill that is overdue. */
export async function publishOverdue(
  overview: Overview,
  text: string,
  config: Config,
  log: Log,
): Promise<void> {
  const { project, problems } = overview
  const overdue = watchedKinds.filter((watched) =>
    problems.some(({ what, kind }) => what === 'overdue' && kind === watched),
  )
  for (const kind of overdue)
    await tellAll(
      notifiersOf(config),
      messageOf({ event: 'overdue', project, kind, text, report: null }),
      log,
    )
}
