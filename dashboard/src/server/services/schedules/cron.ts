import { Cron } from 'croner'
import { Problem } from '../../problem.ts'

/** When something is to happen, in a time zone of the IANA database. */
export interface CronTimes {
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron: string
  timeZone: string
}

/** More than a run a minute no project stands. */
const mode = '5-part'

/**
 * The next times after a moment. Where clocks are put forward, a time that is left out comes at the end of the gap; where they are put
 * back, a time of day that comes twice is taken once, and what is by the minute or hour goes on.
 * @returns fewer where there are no more, as of 30 February
 * @throws Problem CRON_WRONG, TIME_ZONE_UNKNOWN
 */
export function nextTimes({ cron, timeZone }: CronTimes, from: Date, count: number): Date[] {
  requireTimeZone(timeZone)
  try {
    return new Cron(cron, { timezone: timeZone, mode, paused: true }).nextRuns(count, from)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw new Problem({
      status: 400,
      code: 'CRON_WRONG',
      message: 'That is no cron expression.',
      suggestion:
        'Five fields: minute, hour, day of the month, month, day of the week. 30 3 * * * is half past three each night.',
      detail: error.message.replace(/^CronPattern: /, ''),
    })
  }
}

/** The next time; null where there is none. @throws as `nextTimes` */
export function nextTime(times: CronTimes, from: Date): Date | null {
  return nextTimes(times, from, 1)[0] ?? null
}

/** @throws Problem TIME_ZONE_UNKNOWN */
export function requireTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw new Problem({
      status: 400,
      code: 'TIME_ZONE_UNKNOWN',
      message: `There is no time zone ${JSON.stringify(timeZone.slice(0, 60))}.`,
      suggestion: 'Take a name such as Europe/Berlin, America/New_York or UTC.',
    })
  }
}
