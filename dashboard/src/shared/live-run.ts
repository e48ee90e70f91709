import type { RunEvent } from '../../../src/index.ts'

type Progress = Extract<RunEvent, { type: 'progress' }>
type Finding = Extract<RunEvent, { type: 'finding' }>

/** How far a run is, as its events tell it. */
export interface LiveRun {
  runId: string
  kind: string
  /** Number of the event applied last: those up to it are not applied again. */
  seq: number
  phases: { name: string; begunAt: string; seconds: number | null }[]
  /** What is under way, by what does it. */
  progress: Record<string, Progress>
  findings: Pick<Finding, 'severity' | 'kind' | 'message' | 'component'>[]
  /** From here on only phases and the end are told. */
  isTruncated: boolean
  outcome: string | null
}

const mostFindings = 200

export function emptyLiveRun(runId: string, kind: string): LiveRun {
  return { runId, kind, seq: 0, phases: [], progress: {}, findings: [], isTruncated: false, outcome: null }
}

/** The run after one more event: pure, the same at the server and in the browser. */
export function applyEvent(run: LiveRun, event: RunEvent): LiveRun {
  if (event.run !== run.runId || event.seq <= run.seq) return run
  const next = { ...run, seq: event.seq }
  switch (event.type) {
    case 'phase':
      return event.state === 'begin'
        ? begin(next, event.phase, event.time)
        : end(next, event.phase, event.seconds)
    case 'progress':
      return { ...next, progress: { ...run.progress, [progressKey(event)]: event } }
    case 'finding': {
      const { severity, kind, message, component } = event
      return {
        ...next,
        findings: [...run.findings, { severity, kind, message, component }].slice(-mostFindings),
      }
    }
    case 'truncated':
      return { ...next, isTruncated: true }
    case 'end':
      return { ...next, outcome: event.outcome }
    default:
      return next
  }
}

function progressKey({ phase, component, label }: Progress): string {
  return [phase ?? '', component ?? '', label].join('\n')
}

function begin(run: LiveRun, name: string, begunAt: string): LiveRun {
  return { ...run, phases: [...run.phases, { name, begunAt, seconds: null }] }
}

/** What a step counted is history when it has ended. */
function end(run: LiveRun, name: string, seconds: number | null): LiveRun {
  const phases = run.phases.map((phase) =>
    phase.name === name && phase.seconds === null ? { ...phase, seconds: seconds ?? 0 } : phase,
  )
  const progress = Object.fromEntries(Object.entries(run.progress).filter(([, { phase }]) => phase !== name))
  return { ...run, phases, progress }
}
