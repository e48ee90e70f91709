import { z } from 'zod'

/**
 * The journal of a run: `run/journal` in the project's state directory. Whoever works for the run appends to it, a line each
 * time, and nobody rewrites it: a line appended in one write is whole, whoever else appends. The scripts write plain fields
 * between tabs (src/shell/journal.sh), the workers JSON; the first field says which. `follow` reads it all, and the report too.
 */
export type JournalRecord =
  | { kind: 'begin'; time: Date; run: BegunFacts }
  | { kind: 'phase'; time: Date; state: 'begin'; phase: string }
  | { kind: 'phase'; time: Date; state: 'end'; phase: string; seconds: number }
  | { kind: 'finding'; time: Date; severity: Severity; findingKind: string; message: string }
  | { kind: 'borg'; time: Date; phase: string; command: string; line: string }
  | { kind: 'read'; time: Date; path: string }
  | { kind: 'worker'; time: Date; record: WorkerRecord }
  | { kind: 'end'; time: Date }

const severities = ['degraded', 'manual', 'note'] as const
type Severity = (typeof severities)[number]

/** What a run says of itself when it begins. */
export interface BegunFacts {
  kind: string
  id: string
  project: string
  /** ISO 8601, UTC. */
  started: string
  /** The script's process, and when the kernel started it (clock ticks since boot): a number that is used again is told apart. */
  pid: number
  processStart: string
}

const partSchema = z.object({ name: z.string(), done: z.number(), total: z.number() })

/** How far a step has come, as a worker says it. */
const progressSchema = z.object({
  type: z.literal('progress'),
  /** Of this display; another of the same worker, or of another, has another. */
  id: z.string(),
  phase: z.string().nullable(),
  component: z.string().nullable(),
  label: z.string(),
  unit: z.string(),
  done: z.number(),
  total: z.number(),
  bytes: z.number(),
  totalBytes: z.number().optional(),
  seconds: z.number(),
  retries: z.number(),
  failed: z.number(),
  parts: z.array(partSchema).readonly(),
  moreParts: z.number(),
})
export type ProgressRecord = z.infer<typeof progressSchema>

const workerRecordSchema = z.discriminatedUnion('type', [
  progressSchema,
  z.object({ type: z.literal('progressEnd'), id: z.string() }),
  z.object({
    type: z.literal('finding'),
    phase: z.string().nullable(),
    component: z.string().nullable(),
    severity: z.enum(severities),
    kind: z.string(),
    count: z.number(),
    message: z.string(),
  }),
])
export type WorkerRecord = z.infer<typeof workerRecordSchema>

/** A line of the journal; undefined for one that cannot be understood, such as the last of a full disk. */
export function parseRecord(line: string): JournalRecord | undefined {
  const [kind, seconds, ...fields] = line.split('\t')
  const time = new Date(Number(seconds) * 1000)
  if (Number.isNaN(time.getTime())) return undefined
  switch (kind) {
    case 'begin':
      return parseBegin(time, fields)
    case 'phase':
      return parsePhase(time, fields)
    case 'finding':
      return parseFinding(time, fields)
    case 'borg': {
      const [phase = '', command = '', ...rest] = fields
      return { kind, time, phase, command, line: rest.join('\t') }
    }
    case 'read':
      return { kind, time, path: fields.join('\t') }
    case 'worker':
      return parseWorker(time, fields.join('\t'))
    case 'end':
      return { kind, time }
    default:
      return undefined
  }
}

function parseBegin(time: Date, fields: string[]): JournalRecord | undefined {
  const [kind, id, project, started, pid, processStart] = fields
  if (!kind || !id || !project || !started || !processStart || !/^\d+$/.test(pid ?? '')) return undefined
  return { kind: 'begin', time, run: { kind, id, project, started, pid: Number(pid), processStart } }
}

function parsePhase(time: Date, [state, phase, seconds]: string[]): JournalRecord | undefined {
  if (!phase) return undefined
  if (state === 'begin') return { kind: 'phase', time, state, phase }
  const took = Number(seconds)
  return state === 'end' && Number.isFinite(took)
    ? { kind: 'phase', time, state, phase, seconds: took }
    : undefined
}

function parseFinding(time: Date, [severity, kind, message]: string[]): JournalRecord | undefined {
  const known = severities.find((name) => name === severity)
  if (known === undefined || !kind || message === undefined) return undefined
  return { kind: 'finding', time, severity: known, findingKind: kind, message }
}

function parseWorker(time: Date, text: string): JournalRecord | undefined {
  try {
    return { kind: 'worker', time, record: workerRecordSchema.parse(JSON.parse(text)) }
  } catch {
    return undefined
  }
}
