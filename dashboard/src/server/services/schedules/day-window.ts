import { z } from 'zod'
import { nextTime } from './cron.ts'

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time of day such as 22:30')

/** A part of each day, by the clocks of a time zone; over midnight where it ends before it begins. */
export const dayWindowSchema = z
  .object({ from: timeOfDay, to: timeOfDay })
  .refine(({ from, to }) => from !== to, 'begins when it ends')
export type DayWindow = z.infer<typeof dayWindowSchema>

/** Whether a moment is in it. */
export function isWithin({ from, to }: DayWindow, timeZone: string, now: Date): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const time = clock.format(now)
  return from < to ? from <= time && time < to : from <= time || time < to
}

/** When such a time of day comes next; where clocks are put forward over it, at the end of the gap. */
export function nextTimeOfDay(time: string, timeZone: string, now: Date): Date {
  const [hour, minute] = time.split(':').map(Number)
  const next = nextTime({ cron: `${minute} ${hour} * * *`, timeZone }, now)
  if (next === null) throw new RangeError(`${time} never comes.`)
  return next
}
