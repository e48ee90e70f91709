import type { Log } from '../common/log.ts'
import type { Settings } from '../config/variables.ts'
import type { RunReport } from '../report/schema.ts'
import { type Status, succeeded } from '../report/status.ts'
import { healthchecks } from './healthchecks.ts'
import { mail } from './mail.ts'
import type { Event, Message, Notifier, RunStart } from './notifier.ts'
import { webhook } from './webhook.ts'

/** The notifiers that the operator has set up. */
export function notifiersOf(settings: Settings): Notifier[] {
  const everyRun = [healthchecks(settings)]
  const onOccasion = [webhook(settings), mail(settings)].map(
    (notifier) => notifier && (settings.NOTIFY_ON_SUCCESS ? notifier : quietOnSuccess(notifier)),
  )
  return [...everyRun, ...onOccasion].filter((notifier) => notifier !== undefined)
}

function quietOnSuccess(notifier: Notifier): Notifier {
  return {
    ...notifier,
    told: async (message) => {
      if (message.event !== 'succeeded') await notifier.told(message)
    },
  }
}

/** What a finished run is news of, given the runs before it. */
export function eventOf(before: Status, report: RunReport): Event {
  if (report.outcome === 'degraded') return 'degraded'
  if (!succeeded(report)) return 'failed'
  const previous = before.lastRun[report.kind]
  return previous !== undefined && !succeeded(previous) ? 'recovered' : 'succeeded'
}

const headlines: Record<Event, string> = {
  failed: 'FAILED',
  degraded: 'DEGRADED',
  recovered: 'went well again',
  succeeded: 'went well',
  overdue: 'OVERDUE',
}

/** The message about an event, for every notifier. */
export function messageOf(fields: Omit<Message, 'subject'>): Message {
  return { ...fields, subject: `${fields.project}: ${fields.kind} ${headlines[fields.event]}` }
}

/** Announces the start of a run to those who wait for it. */
export async function announceStart(notifiers: readonly Notifier[], run: RunStart, log: Log): Promise<void> {
  await each(notifiers, (notifier) => notifier.started?.(run), log)
}

/** Tells everybody at once. A notifier that fails is logged, and changes nothing else. */
export async function tellAll(notifiers: readonly Notifier[], message: Message, log: Log): Promise<void> {
  await each(notifiers, (notifier) => notifier.told(message), log)
}

async function each(
  notifiers: readonly Notifier[],
  work: (notifier: Notifier) => Promise<void> | undefined,
  log: Log,
): Promise<void> {
  await Promise.all(
    notifiers.map(async (notifier) => {
      try {
        await work(notifier)
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        log.warn(`The ${notifier.name} notification was not delivered: ${reason}. The run is not affected.`)
      }
    }),
  )
}
