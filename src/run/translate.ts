import { redact } from '../common/redact.ts'
import { type BorgProgress, readBorgProgress } from './borg-words.ts'
import type { RunEvent, UnnumberedEvent } from './events.ts'
import type { BegunFacts, JournalRecord, ProgressRecord, WorkerRecord } from './records.ts'

/** What is under way, to be drawn. */
export type Shown = ProgressRecord | { type: 'borg'; phase: string; progress: BorgProgress }

export interface Translator {
  /** The events that a record of the journal amounts to: mostly one, or none. */
  translate(record: JournalRecord): RunEvent[]
  /** The step that began last, of those that have not ended. */
  readonly phase: string | null
  /** Known from the journal's first line on. */
  readonly run: BegunFacts | undefined
  /** Every display that has not ended, the oldest first. */
  readonly shown: ReadonlyMap<string, Shown>
  /** The event of the run's end, for which there is always room. */
  end(fields: Omit<Extract<UnnumberedEvent, { type: 'end' }>, 'type'>, time: Date): RunEvent
}

/** So many events a run tells at most, and so many characters of JSON, besides phases and the end. */
const mostEvents = 10_000
const mostCharacters = 8 << 20
/** No text of an event is longer, in characters. */
const longestText = 2000
/** Between two events of one display's progress, in milliseconds. Twice that after a thousand, four times after two thousand, … */
const progressMs = 1000
const progressSlows = 1000

/**
 * Turns the records of a journal into events. What comes out depends on the records and their times alone: whoever reads the
 * journal again from its beginning gets the same events with the same numbers.
 */
export function createTranslator(options: { mostEvents?: number } = {}): Translator {
  const phases: string[] = []
  let run: BegunFacts | undefined
  const events = createTeller(options.mostEvents ?? mostEvents, () => run)
  const { shown, worker, borg, endPhase } = createDisplays(events)

  return {
    translate(record) {
      const { kind, time } = record
      if (kind === 'begin') {
        run = record.run
        return [events.number(time, { type: 'begin', schema: 1, kind: run.kind, pid: run.pid })]
      }
      if (kind === 'phase') {
        const { phase, state } = record
        if (state === 'begin') phases.push(phase)
        else {
          const at = phases.lastIndexOf(phase)
          if (at !== -1) phases.splice(at, 1)
          endPhase(phase)
        }
        const seconds = state === 'end' ? record.seconds : null
        return [events.number(time, { type: 'phase', phase, state, seconds })]
      }
      if (kind === 'finding') {
        const { severity, findingKind, message } = record
        const about = { phase: phases.at(-1) ?? null, component: null }
        return events.tell(time, {
          type: 'finding',
          ...about,
          severity,
          kind: findingKind,
          count: 1,
          message,
        })
      }
      if (kind === 'worker') return worker(time, record.record)
      if (kind === 'borg') return borg(time, record.phase, record.command, record.line)
      return []
    },
    get phase() {
      return phases.at(-1) ?? null
    },
    get run() {
      return run
    },
    shown,
    end: (fields, time) => events.number(time, { type: 'end', ...fields }),
  }
}

interface Teller {
  /** An event for which there is always room. */
  number(time: Date, event: UnnumberedEvent): RunEvent
  /** An event of which there may be any number. */
  tell(time: Date, event: UnnumberedEvent): RunEvent[]
  /** Progress of the display `id`, which is told now and then. */
  tellProgress(id: string, time: Date, event: UnnumberedEvent): RunEvent[]
}

/** Numbers events, and keeps them to what a run tells at most. */
function createTeller(most: number, run: () => BegunFacts | undefined): Teller {
  /** When each display's progress was told last. */
  const told = new Map<string, number>()
  let seq = 0
  let limited = 0
  let characters = 0
  let isFull = false
  let progresses = 0

  const number = (time: Date, event: UnnumberedEvent): RunEvent => {
    seq += 1
    const about = { seq, time: time.toISOString(), run: run()?.id ?? '', project: run()?.project ?? '' }
    return clean({ ...about, ...event })
  }
  const tell = (time: Date, event: UnnumberedEvent): RunEvent[] => {
    if (isFull) return []
    limited += 1
    const numbered = number(time, event)
    characters += JSON.stringify(numbered).length
    isFull = limited >= most || characters >= mostCharacters
    if (!isFull) return [numbered]
    const message = 'This run has told too much; from here on only phases and the end are told.'
    return [numbered, number(time, { type: 'truncated', message })]
  }
  const tellProgress = (id: string, time: Date, event: UnnumberedEvent): RunEvent[] => {
    const since = time.getTime() - (told.get(id) ?? Number.NEGATIVE_INFINITY)
    // A clock that was put back must not silence it.
    if (since >= 0 && since < progressMs * 2 ** Math.floor(progresses / progressSlows)) return []
    told.set(id, time.getTime())
    progresses += 1
    return tell(time, event)
  }
  return { number, tell, tellProgress }
}

/** What is under way, by the records of workers and the lines of Borg. */
function createDisplays({ tell, tellProgress }: Teller) {
  const shown = new Map<string, Shown>()
  const worker = (time: Date, record: WorkerRecord): RunEvent[] => {
    if (record.type === 'progress') {
      shown.set(record.id, record)
      return tellProgress(record.id, time, progressEvent(record))
    }
    if (record.type === 'finding') return tell(time, record)
    shown.delete(record.id)
    return []
  }
  const borg = (time: Date, phase: string, command: string, line: string): RunEvent[] => {
    const id = `borg ${command}`
    if (line === '') shown.delete(id)
    const progress = readBorgProgress(command, line)
    if (progress === undefined) return []
    shown.set(id, { type: 'borg', phase, progress })
    return tellProgress(id, time, borgEvent(phase, id, progress))
  }
  /** A worker that was killed did not end its display itself. */
  const endPhase = (phase: string) => {
    for (const [id, display] of shown) if (display.phase === phase) shown.delete(id)
  }
  return { shown, worker, borg, endPhase }
}

function progressEvent(record: ProgressRecord): UnnumberedEvent {
  const { phase, component, label, unit, done, total, bytes, totalBytes = null, seconds, failed } = record
  const rate = Math.round(bytes / Math.max(seconds, 0.001))
  return { type: 'progress', phase, component, label, unit, done, total, bytes, totalBytes, rate, failed }
}

function borgEvent(
  phase: string,
  label: string,
  { unit, done, total, bytes }: BorgProgress,
): UnnumberedEvent {
  const unknown = { component: null, totalBytes: null, rate: null, failed: 0 }
  return { type: 'progress', phase, label, unit, done, total, bytes, ...unknown }
}

/** The event with secrets masked, and no text longer than it may be. */
function clean(event: RunEvent): RunEvent {
  return JSON.parse(JSON.stringify(event), (_key, value: unknown) =>
    typeof value === 'string' ? redact(value).slice(0, longestText) : value,
  )
}
