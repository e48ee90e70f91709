import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { ErrorReport } from '../common/errors.ts'
import { componentResultSchema } from '../common/manifest.ts'
import { partialSchema } from '../common/partial.ts'
import { parseRecord } from '../run/records.ts'
import type { ArchiveStatistics, RunFinding } from './schema.ts'
import { errorReportSchema, verificationSchema } from './schema.ts'

/** Files that the scripts leave for the report; each may be missing or empty when the run did not get that far. */
export interface InputPaths {
  /** The worker's JSON document. */
  worker?: string | undefined
  /** The documents of workers that worked side by side: what is known where the one above does not say it. */
  parts?: readonly string[] | undefined
  /** Output of `borg create --json`, one file a repository. */
  borg?: readonly string[] | undefined
  /** The run's journal, with its steps and what the scripts themselves found. */
  journal?: string | undefined
  /** Lines `name<TAB>seconds`, in place of the journal, of a run that an earlier version began. */
  steps?: string | undefined
  /** Lines `severity<TAB>kind<TAB>message`, likewise. */
  findings?: string | undefined
  /** Names of pruned archives, one a line. */
  pruned?: string | undefined
  /** What a failing program printed, for the error's detail. */
  detail?: string | undefined
}

const workerDocumentSchema = z.object({
  status: z.string().nullish(),
  components: z.array(componentResultSchema).default([]),
  versions: z.record(z.string(), z.string()).default({}),
  target: z.string().nullable().default(null),
  activity: z.string().nullable().default(null),
  partial: partialSchema.nullable().default(null),
  /** Told by a worker that came so far. */
  narrowed: z.boolean().optional(),
  verification: verificationSchema.nullable().default(null),
  error: errorReportSchema.nullable().default(null),
})
type WorkerDocument = z.infer<typeof workerDocumentSchema>

/** Of a component: its result, or what was known of it when it failed. */
const partSchema = workerDocumentSchema.extend({ result: componentResultSchema.optional() })

export interface RunInputs {
  worker: WorkerDocument
  archives: ArchiveStatistics[]
  steps: { name: string; seconds: number }[]
  findings: RunFinding[]
  pruned: string[]
  detail: string | null
  /** Why workers that worked side by side failed, where no document of the whole tells it. */
  partErrors: ErrorReport[]
}

const size = z.number().int().nonnegative()

const borgCreateSchema = z.object({
  archive: z.object({
    name: z.string(),
    duration: z.number(),
    stats: z.object({
      nfiles: size,
      original_size: size,
      compressed_size: size,
      deduplicated_size: size,
    }),
  }),
  repository: z.object({ location: z.string() }),
  cache: z.object({ stats: z.object({ unique_csize: size }) }).nullish(),
})

/** One archive's statistics from the output of `borg create --json`. */
function parseBorgCreate(output: string): ArchiveStatistics {
  const { archive, repository, cache } = borgCreateSchema.parse(JSON.parse(output))
  return {
    name: archive.name,
    repository: repository.location,
    files: archive.stats.nfiles,
    originalBytes: archive.stats.original_size,
    compressedBytes: archive.stats.compressed_size,
    newBytes: archive.stats.deduplicated_size,
    repositoryBytes: cache?.stats.unique_csize ?? null,
    seconds: archive.duration,
  }
}

const stepSchema = z.tuple([z.string(), z.coerce.number()])
const scriptFindingSchema = z.tuple([z.enum(['degraded', 'manual', 'note']), z.string(), z.string()])

function tabbedLines<Row>(schema: z.ZodType<Row>): (text: string) => Row[] {
  return (text) => nonEmptyLines(text).map((line) => schema.parse(line.split('\t')))
}

function nonEmptyLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function scriptFinding([severity, kind, message]: z.infer<typeof scriptFindingSchema>): RunFinding {
  return { component: null, severity, kind, count: 1, message, names: [] }
}

/** The steps that have ended, and what the scripts found; what the workers found stands in their documents. */
function parseJournal(text: string): Pick<RunInputs, 'steps' | 'findings'> {
  const steps: RunInputs['steps'] = []
  const findings: RunFinding[] = []
  for (const line of nonEmptyLines(text)) {
    // A long run's journal is mostly progress.
    if (!/^(phase|finding)\t/.test(line)) continue
    const record = parseRecord(line)
    if (record?.kind === 'finding')
      findings.push(scriptFinding([record.severity, record.findingKind, record.message]))
    if (record?.kind === 'phase' && record.state === 'end')
      steps.push({ name: record.phase, seconds: record.seconds })
  }
  return { steps, findings }
}

const detailCharacters = 2000

/**
 * Reads whatever of the inputs is there. What is there but cannot be understood becomes a note in the findings:
 * a report about a broken run must not itself break on what the run left behind.
 */
export async function readInputs(paths: InputPaths): Promise<RunInputs> {
  const findings: RunFinding[] = []
  const read = async <Value>(path: string | undefined, parse: (text: string) => Value, missing: Value) => {
    if (path === undefined) return missing
    try {
      const text = await readFile(path, 'utf8')
      return text.trim() === '' ? missing : parse(text)
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
      const message = `A part of the report could not be read from ${path}: ${reason}`
      findings.push({
        component: null,
        severity: 'note',
        kind: 'report-input-unreadable',
        count: 1,
        message,
        names: [],
      })
      return missing
    }
  }
  const worker = await read(
    paths.worker,
    (text) => workerDocumentSchema.parse(JSON.parse(text)),
    workerDocumentSchema.parse({}),
  )
  const partErrors: ErrorReport[] = []
  if (worker.components.length === 0)
    for (const path of paths.parts ?? []) {
      const part = await read(path, (text) => partSchema.parse(JSON.parse(text)), undefined)
      worker.components.push(...(part?.components ?? []), ...(part?.result ? [part.result] : []))
      worker.error ??= part?.error ?? null
      if (part?.error) partErrors.push(part.error)
    }
  const archives: ArchiveStatistics[] = []
  for (const path of paths.borg ?? []) {
    const archive = await read(path, parseBorgCreate, undefined)
    if (archive) archives.push(archive)
  }
  const steps = await read(paths.steps, tabbedLines(stepSchema), [])
  const scripts = await read(paths.findings, tabbedLines(scriptFindingSchema), [])
  const journal = await read(paths.journal, parseJournal, { steps: [], findings: [] })
  return {
    worker,
    partErrors,
    archives,
    steps: [...steps.map(([name, seconds]) => ({ name, seconds })), ...journal.steps],
    findings: [...scripts.map(scriptFinding), ...journal.findings, ...findings],
    // Each repository adds its own, mostly the same.
    pruned: [...new Set(await read(paths.pruned, nonEmptyLines, []))],
    detail: await read(paths.detail, (text) => text.trim().slice(-detailCharacters), null),
  }
}
