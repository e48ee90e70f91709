import type { Archive } from './archives.ts'

/** A clock that is a few minutes wrong changes the order of no two nights. */
const toleranceMs = 600_000

/** Whether an archive's name tells a time that is yet to come: the clock was wrong when it was made, or is wrong now. */
export function isFromFuture({ time }: Pick<Archive, 'time'>, now: Date): boolean {
  return time.getTime() - now.getTime() > toleranceMs
}

/**
 * Archives newest first, in the order in which they were made, with times that agree with it. A name tells a time by the
 * clock of the machine, which may have been years ahead or set back; which run came after which is known regardless.
 *
 * So no archive that a known run made is later than the next such run, or than now; its name stays what it is. One of
 * which nothing else is known keeps its time, and comes last where that is yet to come: it is not the newest for ever.
 * @param made names of archives in the order of the runs that made them, newest first, those of full backups and those of partial
 *   ones each (`madeBy`)
 */
export function inOrderOfRuns(archives: readonly Archive[], made: readonly string[], now: Date): Archive[] {
  const ordered = [...Map.groupBy(archives, ({ part }) => part === undefined).values()].flatMap((alike) =>
    orderAlike(alike, made, now),
  )
  const rank = (archive: Archive) => (isFromFuture(archive, now) ? 1 : 0)
  return ordered.sort((a, b) => rank(a) - rank(b) || b.time.getTime() - a.time.getTime())
}

function orderAlike(archives: readonly Archive[], made: readonly string[], now: Date): Archive[] {
  const times = new Map<string, number>()
  const named = new Map(archives.map((archive) => [archive.name, archive.time.getTime()]))
  let latest = now.getTime()
  for (const name of made) {
    const time = named.get(name)
    if (time === undefined || times.has(name)) continue
    latest = Math.min(time, latest)
    times.set(name, latest)
    // Names tell whole seconds.
    latest -= 1000
  }
  return archives.map((archive) => {
    const time = times.get(archive.name)
    return time === undefined ? archive : { ...archive, time: new Date(time) }
  })
}
