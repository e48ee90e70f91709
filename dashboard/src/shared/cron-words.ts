const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
  ...['August', 'September', 'October', 'November', 'December'],
]
const short = (names: readonly string[]) => names.map((name) => name.slice(0, 3).toUpperCase())

/** What the nicknames of cron stand for. */
const nicknames: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/**
 * A cron expression in words: `at 03:30 on Monday and Thursday`. Of one that is written in a way that words cannot follow shortly, null:
 * then its next times say it.
 */
export function cronWords(expression: string): string | null {
  const text = expression.trim()
  const [minute, hour, day, month, weekday, ...more] = (nicknames[text.toLowerCase()] ?? text).split(/\s+/)
  if (minute === undefined || hour === undefined || day === undefined) return null
  if (month === undefined || weekday === undefined || more.length > 0) return null
  const time = timeWords(minute, hour)
  const date = dateWords(day, weekday)
  const inMonths = month === '*' ? '' : listWords(month, 1, months, short(months))
  if (time === null || date === null || inMonths === null) return null
  return `${time}${date}${inMonths === '' ? '' : ` in ${inMonths}`}`
}

function timeWords(minute: string, hour: string): string | null {
  const minutes = numbers(minute)
  const hours = numbers(hour)
  if (minutes !== null && hours !== null && minutes.length * hours.length <= 4) {
    const times = hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`))
    return `at ${joined(times)}`
  }
  const every = (field: string) => /^\*\/(\d{1,2})$/.exec(field)?.[1]
  if (hour === '*' && minute === '*') return 'every minute'
  if (hour === '*' && every(minute) !== undefined) return `every ${every(minute)} minutes`
  if (minutes?.length !== 1) return null
  const at = minutes[0] === 0 ? '' : ` at minute ${minutes[0]}`
  if (hour === '*') return `every hour${at}`
  return every(hour) === undefined ? null : `every ${every(hour)} hours${at}`
}

function dateWords(day: string, weekday: string): string | null {
  if (day === '*' && weekday === '*') return ' every day'
  if (weekday === '*' || weekday === '?') {
    if (day === 'L') return ' on the last day of the month'
    const list = numbers(day)
    return list === null ? null : ` on day ${joined(list.map(String))} of the month`
  }
  const on = listWords(weekday, 0, [...days, 'Sunday'], [...short(days), 'SUN'])
  if (on === null) return null
  if (day === '*' || day === '?') return ` on ${on}`
  const list = numbers(day)
  return list === null ? null : ` on day ${joined(list.map(String))} of the month and on ${on}`
}

/** `1-5` → `Monday to Friday`. */
function listWords(field: string, first: number, names: readonly string[], shorts: readonly string[]) {
  const nameOf = (part: string): string | null => {
    const known = shorts.indexOf(part.toUpperCase())
    const index = known >= 0 ? known : /^\d{1,2}$/.test(part) ? Number(part) - first : -1
    return names[index] ?? null
  }
  const parts = field.split(',').map((part) => {
    const ends = part.split('-').map(nameOf)
    return ends.length > 2 || ends.includes(null) ? null : ends.join(' to ')
  })
  return parts.includes(null) ? null : joined(parts.map(String))
}

function numbers(field: string): number[] | null {
  const parts = field.split(',')
  return parts.every((part) => /^\d{1,2}$/.test(part)) ? parts.map(Number) : null
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
