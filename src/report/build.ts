import { type ErrorReport, ExitCode } from '../common/errors.ts'
import type { ComponentResult } from '../common/findings.ts'
import { type PartialBackup, typeOfPart } from '../common/partial.ts'
import { redact } from '../common/redact.ts'
import { parseArchiveName } from '../retention/archives.ts'
import type { RunInputs } from './inputs.ts'
import { type Outcome, type RunFinding, type RunKind, type RunReport, reportSchemaVersion } from './schema.ts'

/** What the scripts know of a run besides the files it left. */
export interface RunFacts {
  toolVersion: string
  project: string
  kind: RunKind
  runId: string
  exitCode: number
  startedAt: Date
  finishedAt: Date
  archive?: string | undefined
  /** What a partial backup was asked for. */
  partial?: PartialBackup | undefined
  /** Whether a drill was asked for of a part alone. */
  narrowed?: boolean | undefined
  target?: string | undefined
  /** The step that was under way at the end, and what the script itself has to say of the failure. */
  phase?: string | undefined
  error?: { code: string; message: string; suggestion: string; phase?: string | undefined } | undefined
}

/** Puts a run's report together; every string in it has the registered secrets masked. */
export function buildReport(facts: RunFacts, inputs: RunInputs): RunReport {
  const { status, components, versions, activity, verification } = inputs.worker
  const outcome = outcomeOf(facts.exitCode, status === 'unchanged')
  const error = outcome === 'failed' || outcome === 'interrupted' ? errorOf(facts, inputs) : null
  const report: RunReport = {
    schema: reportSchemaVersion,
    tool: { name: 'supabase-backup', version: facts.toolVersion },
    runId: facts.runId,
    project: facts.project,
    kind: facts.kind,
    outcome,
    exitCode: facts.exitCode,
    startedAt: facts.startedAt.toISOString(),
    finishedAt: facts.finishedAt.toISOString(),
    seconds: Math.max(0, (facts.finishedAt.getTime() - facts.startedAt.getTime()) / 1000),
    archive: facts.archive ?? inputs.archives[0]?.name ?? null,
    partial: inputs.worker.partial ?? facts.partial ?? partialNamed(facts),
    narrowed: inputs.worker.narrowed ?? facts.narrowed ?? false,
    target: facts.target ?? inputs.worker.target,
    archives: inputs.archives,
    pruned: inputs.pruned,
    bytesFetched: components.reduce((sum, component) => sum + bytesFetched(component), 0),
    steps: inputs.steps,
    components,
    findings: [...inputs.findings, ...otherFailures(inputs.partErrors, error)],
    versions,
    activity,
    verification,
    error,
  }
  return mapStrings(report, redact)
}

/** Of a drill or restore that failed before it had read the backup: as far as the archive's name tells. */
function partialNamed({ archive, project }: RunFacts): PartialBackup | null {
  const part = archive === undefined ? undefined : parseArchiveName(archive, project)?.part
  if (part === undefined) return null
  return { type: typeOfPart(part), schemas: [], excludeTables: [], excludedTables: [] }
}

/** Objects and dump, as far as they came over the network in this run, whatever became of them. */
function bytesFetched({ status, counts }: ComponentResult): number {
  if (status === 'carried') return 0
  if (status === 'stale') return Math.max(0, Math.round(counts['bytesReceived'] ?? 0))
  return Math.max(
    0,
    Math.round((counts['bytesReceived'] ?? counts['bytesFetched'] ?? 0) + (counts['dumpBytes'] ?? 0)),
  )
}

function outcomeOf(exitCode: number, unchanged: boolean): Outcome {
  switch (exitCode) {
    case ExitCode.success:
      return unchanged ? 'unchanged' : 'success'
    case ExitCode.degraded:
      return 'degraded'
    case ExitCode.interrupted:
    case ExitCode.terminated:
      return 'interrupted'
    default:
      return 'failed'
  }
}

/** The errors of components that the run's own does not tell, as where the repository was locked besides. */
function otherFailures(errors: readonly ErrorReport[], told: ErrorReport | null): RunFinding[] {
  const isTold = ({ code, message }: ErrorReport) =>
    // Whoever was stopped as the run had failed has nothing to tell.
    code === 'INTERRUPTED' || (code === told?.code && message === told.message)
  const others = new Map(
    errors.filter((each) => !isTold(each)).map((each) => [`${each.code} ${each.message}`, each]),
  )
  return [...others.values()].map(({ code, message, suggestion, phase }) => ({
    ...{ component: null, severity: 'degraded', kind: 'component-failed-besides', count: 1, names: [] },
    message: `${message} — ${suggestion} [${code} in ${phase}]`,
  }))
}

/** The script's word first (what a worker raised it has taken over), then the worker's, then what the exit code tells. */
function errorOf(facts: RunFacts, inputs: RunInputs): ErrorReport {
  const phase = facts.phase ?? 'unknown'
  if (facts.error) {
    const { code, message, suggestion } = facts.error
    return { code, message, detail: inputs.detail, suggestion, phase: facts.error.phase || phase }
  }
  if (inputs.worker.error) return inputs.worker.error
  return {
    code: 'STEP_FAILED',
    message: `The step "${phase}" ended with exit code ${facts.exitCode}.`,
    detail: inputs.detail,
    suggestion: 'Read the end of the log; run again with -v for details.',
    phase,
  }
}

function mapStrings<Value>(value: Value, change: (text: string) => string): Value {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' ? change(part) : part,
  )
}
