import { isWithin, nextTimeOfDay } from '../schedules/day-window.ts'
import type { Rule } from './stored-rules.ts'

const hourMs = 3_600_000

/** A time that is to come is that after quiet hours, or of a clock that was wrong. */
export function isToRepeat({ repeatHours }: Rule, { toldAt }: { toldAt: Date }, now: Date): boolean {
  return repeatHours !== null && Math.abs(now.getTime() - toldAt.getTime()) >= repeatHours * hourMs
}

/** When a message goes out: at once, or when quiet hours are over. */
export function tellAt({ quiet }: Rule, now: Date): Date {
  if (quiet === null || !isWithin(quiet.window, quiet.timeZone, now)) return now
  return nextTimeOfDay(quiet.window.to, quiet.timeZone, now)
}
