/**
 * An alert whose cause comes and goes again and again. It is told so once, stays open while its cause is away for a moment, and is told
 * of again only when it has been steady: there, or away, for long enough.
 */

/** Coming so often within that time is flapping. */
const manyTimes = 3
const steadyHours = 6
/** Being there, or away, for so long without a break is steady. */
const steadyMs = steadyHours * 3_600_000

/**
 * The cause has come (again).
 * @param before when it came before, milliseconds since 1970, the newest last
 * @returns the times that count from now on, and since when it flaps: null where it does not
 */
export function came(before: readonly number[], now: Date): { cameAt: number[]; flappingSince: Date | null } {
  const cameAt = [...before, now.getTime()].slice(-manyTimes)
  const [first] = cameAt
  const flaps = first !== undefined && cameAt.length === manyTimes && !isSteady(first, now)
  return { cameAt, flappingSince: flaps ? new Date(first) : null }
}

/** Whether that is long enough ago. A time that is to come is one of a clock that was wrong. */
export function isSteady(since: Date | number, now: Date): boolean {
  return Math.abs(now.getTime() - Number(since)) > steadyMs
}

/** What a message adds, so that nobody waits for the next one. */
export function flappingWords(since: Date): string {
  const time = since.toISOString().slice(0, 16).replace('T', ' ')
  return `It has come and gone again and again since ${time} UTC, which is not told each time: the next message comes when it has been there, or away, for more than ${steadyHours} hours.`
}
