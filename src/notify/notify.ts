import type { Log } from '../common/log.ts'
import type { Settings } from '../config/variables.ts'
import { isOfPart, type RunReport, titleOf } from '../report/schema.ts'
import type { Status } from '../report/status.ts'
import { healthchecks } from './healthchecks.ts'
import { mail } from './mail.ts'
import type { Event, Message, Notifier, RunStart } from './notifier.ts'
import { webhook } from './webhook.ts'

/** The notifiers that the operator has set up. */
export function notifiersOf(settings: Settings): Notifier[] {
  const everyRun = [healthchecks(settings)]
  // Who interrupts a run knows it; a shutdown's timer catches up.
  const quiet: Event[] = settings.NOTIFY_ON_SUCCESS ? ['interrupted'] : ['interrupted', 'succeeded']
  const onOccasion = [webhook(settings), mail(settings)].map(
    (notifier) => notifier && except(quiet, notifier),
  )
  return [...everyRun, ...onOccasion].filter((notifier) => notifier !== undefined)
}

function except(quiet: readonly Event[], notifier: Notifier): Notifier {
  return {
    ...notifier,
    told: async (message) => {
      if (!quiet.includes(message.event)) await notifier.told(message)
    },
  }
}

/** What a finished run is news of, given the runs before it. */
export function eventOf(before: Status, report: RunReport): Event {
  const { kind, outcome } = report
  if (outcome === 'success' || outcome === 'unchanged')
    return before.inTrouble.includes(kind) && !isOfPart(report) ? 'recovered' : 'succeeded'
  return outcome
}

const headlines: Record<Event, string> = {
  failed: 'FAILED',
  degraded: 'DEGRADED',
  recovered: 'went well again',
  succeeded: 'went well',
  interrupted: 'was interrupted',
  overdue: 'OVERDUE',
}

/** The message about an event, for every notifier. */
export function messageOf(fields: Omit<Message, 'subject'>): Message {
  return { ...fields, subject: `${fields.project}: ${titleOf(fields.kind)} ${headlines[fields.event]}` }
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
