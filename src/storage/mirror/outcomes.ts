import { plural } from '../../common/units.ts'
import { type ObjectState, objectStates } from '../catalogue/rows.ts'
import { createOutcomeCounter, type Kind, type OutcomeCounter } from './outcome-counter.ts'

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
    message: (n) =>
      `${plural(n, 'object')} would exceed the egress budget, or ${n === 1 ? 'was' : 'were'} not chosen for this run, and wait for a later one.`,
  },
  stale: {
    severity: 'degraded',
    kind: 'objects-stale',
    message: (n) =>
      `${plural(n, 'object')} could not be fetched in the present version; the last good copy is kept.`,
  },
}

/** Counts objects by what became of them. */
export function createMirrorOutcomes(): OutcomeCounter<ObjectState> {
  return createOutcomeCounter<ObjectState>(kinds)
}

/** Counts objects whose bytes came twice alike, and are not those of their rows. */
export function createMismatches(): OutcomeCounter<'mismatch'> {
  return createOutcomeCounter<'mismatch'>({
    mismatch: {
      severity: 'note',
      kind: 'objects-not-as-recorded',
      message: (n) =>
        `Of ${plural(n, 'object')} the service has other bytes than ${n === 1 ? 'its row tells' : 'their rows tell'} of, twice the same; upload ${n === 1 ? 'it' : 'them'} again, or delete ${n === 1 ? 'it' : 'them'}.`,
    },
  })
}

/** Counts objects whose bytes were found under another name than the one they are archived under. */
export function createMoved(): OutcomeCounter<'moved'> {
  return createOutcomeCounter<'moved'>({
    moved: {
      severity: 'note',
      kind: 'objects-moved-since-snapshot',
      message: (n) =>
        `${plural(n, 'object')} moved to another name after the database's snapshot and ${n === 1 ? 'was' : 'were'} archived under the name ${n === 1 ? 'it' : 'they'} had.`,
    },
  })
}

/** Counts objects at which the service stood still, again and again. */
export function createStalls(): OutcomeCounter<'stalled'> {
  return createOutcomeCounter<'stalled'>({
    stalled: {
      severity: 'note',
      kind: 'objects-stalled',
      message: (n) =>
        `Of ${plural(n, 'object')} nothing more came for as long as an answer may take, in three attempts; upload ${n === 1 ? 'it' : 'them'} again, or delete ${n === 1 ? 'it' : 'them'}.`,
    },
  })
}

/** Objects counted in all. */
export function totalOf(outcomes: OutcomeCounter<ObjectState>): number {
  return objectStates.reduce((sum, state) => sum + outcomes.count(state), 0)
}
