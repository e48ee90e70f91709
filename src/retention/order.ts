import type { Archive } from './archives.ts'

/** A clock that is a few minutes wrong changes the order of no two nights. */
const toleranceMs = 600_000

/** Names tell whole seconds. */
const step = 1000

/** Whether an archive's name tells a time that is yet to come: the clock was wrong when it was made, or is wrong now. */
export function isFromFuture({ time }: Pick<Archive, 'time'>, now: Date): boolean {
  return time.getTime() - now.getTime() > toleranceMs
}

/**
 * Archives newest first, in the order in which they were made, with times that agree with it. A name tells a time by the
 * clock of the machine, which may have been years ahead or set back; which run came after which is known regardless.
 *
 * So no archive that a known run made is later than the next such run, or than now; its name stays what it is. Where names
 * contradict the order, as few as possible are taken to be wrong: a single night whose clock had fallen back by years makes none
 * of the archives before it old, which retention would delete. One of which nothing else is known keeps its time, and comes last
 * where that is yet to come: it is not the newest for ever.
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
  const named = new Map(archives.map((archive) => [archive.name, archive.time.getTime()]))
  const known = [...new Set(made)].flatMap((name) => {
    const time = named.get(name)
    return time === undefined ? [] : [{ name, time }]
  })
  const believed = longestFalling(known.map(({ time }) => (time > now.getTime() ? undefined : time)))
  /** Of each the least time with which it is newer than the older ones that are believed. */
  const floors: number[] = []
  let floor = Number.NEGATIVE_INFINITY
  for (const [index, { time }] of [...known.entries()].reverse()) {
    floors[index] = floor
    floor = (believed.has(index) ? Math.max(time, floor) : floor) + step
  }
  const times = new Map<string, number>()
  let latest = now.getTime()
  for (const [index, { name, time }] of known.entries()) {
    latest = Math.min(Math.max(time, floors[index] ?? time), latest)
    times.set(name, latest)
    latest -= step
  }
  return archives.map((archive) => {
    const time = times.get(archive.name)
    return time === undefined ? archive : { ...archive, time: new Date(time) }
  })
}

/**
 * The indices of the longest selection of these numbers in which none is larger than the one before; of several as long one
 * with larger numbers. What is undefined is in none.
 */
function longestFalling(numbers: readonly (number | undefined)[]): Set<number> {
  /** Of the selections of each length the index of the last number of the one that ends in the largest. */
  const ends: number[] = []
  const before = new Map<number, number | undefined>()
  for (const [index, number] of numbers.entries()) {
    if (number === undefined) continue
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((numbers[ends[middle] ?? 0] ?? 0) >= number) low = middle + 1
      else high = middle
    }
    before.set(index, low === 0 ? undefined : ends[low - 1])
    ends[low] = index
  }
  const chosen = new Set<number>()
  for (let index = ends.at(-1); index !== undefined; index = before.get(index)) chosen.add(index)
  return chosen
}
