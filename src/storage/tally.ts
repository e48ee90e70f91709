import { type Finding, finding } from '../common/findings.ts'
import { plural } from '../common/units.ts'
import type { ObjectState } from './rows.ts'

/** Names kept of each kind; the count goes on. */
const namesKept = 100

interface Kind {
  severity: Finding['severity']
  kind: string
  message: (count: number) => string
}

/** Every state that is not simply `ok`, and what the operator is told of it. */
const kinds: Record<Exclude<ObjectState, 'ok'>, Kind> = {
  'changed-since-snapshot': {
    severity: 'note',
    kind: 'objects-changed-since-snapshot',
    message: (n) =>
      `${plural(n, 'object')} changed after the database's snapshot and ${n === 1 ? 'was' : 'were'} archived as found.`,
  },
  'deleted-since-snapshot': {
    severity: 'note',
    kind: 'objects-deleted-since-snapshot',
    message: (n) =>
      `${plural(n, 'object')} vanished after the database's snapshot and could not be archived.`,
  },
  unreadable: {
    severity: 'degraded',
    kind: 'objects-unreadable',
    message: (n) => `${plural(n, 'object')} could not be read, and no older copy exists.`,
  },
  postponed: {
    severity: 'degraded',
    kind: 'objects-postponed',
    message: (n) => `${plural(n, 'object')} would exceed the egress budget and wait for a later run.`,
  },
  stale: {
    severity: 'degraded',
    kind: 'objects-stale',
    message: (n) =>
      `${plural(n, 'object')} could not be fetched in the present version; the last good copy is kept.`,
  },
}

/** Counts objects by what became of them. */
export interface Tally {
  add(state: ObjectState, name: string): void
  count(state: ObjectState): number
  readonly total: number
  findings(): Finding[]
}

export function createTally(): Tally {
  const counts = new Map<ObjectState, number>()
  const names = new Map<ObjectState, string[]>()
  let total = 0
  return {
    get total() {
      return total
    },
    add(state, name) {
      total += 1
      counts.set(state, (counts.get(state) ?? 0) + 1)
      if (state === 'ok') return
      const kept = names.get(state) ?? []
      if (kept.length < namesKept) names.set(state, [...kept, name])
    },
    count: (state) => counts.get(state) ?? 0,
    findings() {
      return [...names].flatMap(([state, kept]) => {
        if (state === 'ok') return []
        const { severity, kind, message } = kinds[state]
        const count = counts.get(state) ?? 0
        return [
          finding({ component: 'storage', severity, kind, message: message(count), count, names: kept }),
        ]
      })
    },
  }
}
