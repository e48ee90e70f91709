import type { RunKind, RunReport } from '../report/schema.ts'

export type Event = 'failed' | 'degraded' | 'recovered' | 'succeeded' | 'interrupted' | 'overdue'

/** A run that begins. */
export interface RunStart {
  kind: RunKind
  runId: string
}

/** What there is to tell; secrets are masked already. */
export interface Message {
  event: Event
  project: string
  kind: RunKind
  /** One line: `shop: backup FAILED`. */
  subject: string
  /** The summary, for people. */
  text: string
  /** Null when no run is the reason: one did not happen. */
  report: RunReport | null
}

/** One way of telling somebody. What it throws is logged by `tellAll` and goes no further. */
export interface Notifier {
  name: string
  /** Present where somebody waits for the start of a run. */
  started?(run: RunStart): Promise<void>
  told(message: Message): Promise<void>
}
