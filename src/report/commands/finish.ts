import { partialSchema } from '../../common/partial.ts'
import { toolVersion } from '../../common/version.ts'
import { loadConfig } from '../../config/load.ts'
import { isAskedOfPart } from '../asked.ts'
import type { RunFacts } from '../build.ts'
import { type FinishedRun, finishRun } from '../finish.ts'
import { renderSummary } from '../summary.ts'
import { type CommandContext, parseFlags, required, runKind, usageError } from './command.ts'

const flags = {
  kind: { type: 'string' },
  'run-id': { type: 'string' },
  started: { type: 'string' },
  'exit-code': { type: 'string' },
  archive: { type: 'string' },
  'partial-type': { type: 'string' },
  'partial-schema': { type: 'string', multiple: true },
  'partial-exclude-table': { type: 'string', multiple: true },
  target: { type: 'string' },
  phase: { type: 'string' },
  'error-code': { type: 'string' },
  'error-message': { type: 'string' },
  'error-suggestion': { type: 'string' },
  'error-detail': { type: 'string' },
  asked: { type: 'string' },
  worker: { type: 'string' },
  part: { type: 'string', multiple: true },
  borg: { type: 'string', multiple: true },
  'error-phase': { type: 'string' },
  journal: { type: 'string' },
  pruned: { type: 'string' },
  'archive-list': { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
} as const

/**
 * `report.ts finish --kind KIND --run-id ID --started ISO --exit-code N [...]`: ends a run.
 *
 * Writes `runs/*.json` and `status.json` in the project's state directory and prints the summary on stdout; with
 * `--json` the report goes to stdout and the summary to stderr, with `--quiet` alone nothing is printed. Then metrics and notifications go out. Files that the run did not get to may be missing.
 * Exit code 0 when the report was written, 1 when it was not, 2 for wrong flags; the run's own exit code is the
 * caller's business and stays what it was.
 */
export async function finishCommand(context: CommandContext): Promise<number> {
  const run = await finishAndTell(context)
  return run.path === null ? 1 : 0
}

/** The same, for who wants to know what came of it. */
export async function finishAndTell({
  args,
  environment,
  log,
  print,
  publisher,
}: CommandContext): Promise<FinishedRun> {
  const values = parseFlags(args, flags)
  const config = loadConfig(environment)
  const run = await finishRun({
    stateDirectory: config.STATE_DIR,
    facts: {
      ...factsOf(values),
      narrowed: await isAskedOfPart(values.asked, config),
      project: config.PROJECT_NAME,
      toolVersion: await toolVersion(),
    },
    paths: {
      worker: values.worker,
      parts: values.part,
      borg: values.borg,
      journal: values.journal,
      pruned: values.pruned,
      detail: values['error-detail'],
    },
    archiveList: values['archive-list'],
    environment,
    log,
  })
  const summary = renderSummary(run.report, run.path, run.before.lastSuccess[run.report.kind])
  await (await publisher()).publishRun(run, summary, config, log)
  if (values.json) {
    print(`${JSON.stringify(run.report)}\n`)
    process.stderr.write(summary)
  } else if (!values.quiet) print(summary)
  return run
}

/** What --type, --schema and --exclude-table of backup.sh said, of a partial backup. */
function partialAsked(values: ReturnType<typeof parseFlags<typeof flags>>): RunFacts['partial'] {
  if (values.kind !== 'partial') return undefined
  return partialSchema.parse({
    type: values['partial-type'] ?? 'full',
    schemas: values['partial-schema'] ?? [],
    excludeTables: values['partial-exclude-table'] ?? [],
  })
}

function factsOf(
  values: ReturnType<typeof parseFlags<typeof flags>>,
): Omit<RunFacts, 'toolVersion' | 'project' | 'narrowed'> {
  const code = values['error-code']
  const startedAt = new Date(required(values.started, 'started'))
  if (Number.isNaN(startedAt.getTime())) throw usageError('--started must be an ISO 8601 time.')
  const exitCode = Number(required(values['exit-code'], 'exit-code'))
  if (!Number.isInteger(exitCode)) throw usageError('--exit-code must be a whole number.')
  return {
    kind: runKind(values.kind),
    runId: required(values['run-id'], 'run-id'),
    exitCode,
    startedAt,
    finishedAt: new Date(),
    archive: values.archive,
    partial: partialAsked(values),
    target: values.target,
    phase: values.phase,
    error:
      code === undefined
        ? undefined
        : {
            code,
            message: values['error-message'] ?? 'The run failed.',
            suggestion: values['error-suggestion'] ?? 'Read the end of the log.',
            phase: values['error-phase'],
          },
  }
}
