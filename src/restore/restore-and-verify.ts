import { type ErrorReport, ExitCode } from '../common/errors.ts'
import { type ComponentResult, type Finding, finding, statusOf } from '../common/findings.ts'
import { describePartial } from '../common/partial-words.ts'
import { formatSeconds, plural } from '../common/units.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import type { RestoreContext } from '../components/component.ts'
import { findComponent, narrowedBy } from '../components/list.ts'
import { applyBackup } from './apply.ts'
import { lackingResults, staleFindings } from './backup-lacks.ts'
import { runCheckCommand } from './check-command.ts'
import type { RestoreCommand } from './command.ts'
import type { OpenRestores } from './open.ts'
import { progressIn, type ResumeState } from './resume-state.ts'
import { nothingCompared, type Verification, verifyRestore } from './verify-restore.ts'

/** What is looked at after a restore, beside the comparison with the backup. */
export interface VerifyOptions extends Pick<RestoreCommand, 'checkCommand' | 'everything'> {
  /** In what the target itself differs from a hosted project. */
  targetFindings?: readonly Finding[] | undefined
  /** Of components that are left out, for the report. */
  leftOut?: readonly ComponentResult[] | undefined
  /** What a drill could prove of the backup, and was not asked to. */
  notTried?: readonly string[] | undefined
}

/** Restores into the target, compares it with the backup, and says how that came out. */
export async function restoreAndVerify(
  { checkCommand, everything, targetFindings = [], leftOut = [], notTried = [] }: VerifyOptions,
  restores: OpenRestores,
  resumeState: ResumeState,
): Promise<WorkerOutcome> {
  const { manifest, target, wanted, log } = restores.context
  const results = await applyBackup(restores, resumeState)
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0)
  log.info(`restored into ${target.reference} in ${formatSeconds(seconds)}; comparing it with the backup`)
  const compared = await verifyRestore(restores, resumeState)
  const verification = checkCommand === undefined ? compared : (compared ?? nothingCompared())
  if (verification && checkCommand !== undefined)
    await addCheckCommand(verification, checkCommand, restores.context)
  const last: Finding[] = []
  for (const { name, restore } of restores.list)
    last.push(...((await restore.finish?.(progressIn(resumeState, name))) ?? []))
  const found = [
    ...partialFindings(restores.context),
    ...narrowedFindings(restores.context),
    ...notTriedFindings(restores.context, notTried),
    ...staleFindings(manifest, wanted),
    ...targetFindings,
    ...(verification?.findings ?? []),
    ...last,
  ]
  const told = withFindings(results, found)
  const lacking = everything ? lackingResults(manifest) : []
  const narrowed = narrowedBy(restores.context.flags).length > 0 || notTried.length > 0
  return outcomeOf(verification, [...told, ...leftOut, ...lacking], { ...restores.context, narrowed })
}

/** That no more came back than a part, and that no more is proven. */
function partialFindings({ manifest: { partial }, wanted }: RestoreContext): Finding[] {
  const component = wanted.find((name) => findComponent(name)?.takesParts)
  if (partial === undefined || component === undefined) return []
  const message = `The backup is a partial one, of ${describePartial(partial)}: this was restored and compared, and nothing else of the ${component} is proven by it.`
  return [finding({ component, severity: 'note', kind: 'partial-backup', message, count: 1 })]
}

/** That a drill looked at no more than it was asked to: it is no drill of the project. */
function narrowedFindings({ flags, wanted, disposable }: RestoreContext): Finding[] {
  if (!disposable) return []
  const message =
    'No more of it than was asked for was restored and compared: this does not count as a drill of the project.'
  return narrowedBy(flags)
    .filter((component) => wanted.includes(component))
    .map((component) => finding({ component, severity: 'note', kind: 'narrowed', message, count: 1 }))
}

/** That a drill proved of the backup's components some alone. */
function notTriedFindings({ wanted }: RestoreContext, notTried: readonly string[]): Finding[] {
  const [component] = wanted
  if (component === undefined || notTried.length === 0) return []
  const message = `This proved ${wanted.join(', ')} alone, and not ${notTried.join(', ')}: it does not count as a drill of the project.`
  return [finding({ component, severity: 'note', kind: 'narrowed', message, names: [...notTried] })]
}

/** What a run reports of a restore and its comparison with the backup, and how it ends. */
function outcomeOf(
  verification: Verification | undefined,
  components: ComponentResult[],
  { target, log, manifest, narrowed }: RestoreContext & { narrowed: boolean },
): WorkerOutcome {
  const ok = verification?.ok ?? true
  if (!ok)
    for (const difference of verification?.differences.slice(0, 10) ?? []) log.error(describe(difference))
  const degraded = components.some(({ findings }) => statusOf(findings) === 'degraded')
  return {
    document: {
      status: ok ? (degraded ? 'degraded' : 'complete') : 'failed',
      components,
      partial: manifest.partial ?? null,
      narrowed,
      target: target.reference,
      verification: verification ? reported(verification) : null,
      error: verification && !ok ? unequal(verification) : null,
    },
    exitCode: ok ? (degraded ? ExitCode.degraded : ExitCode.success) : ExitCode.failed,
  }
}

/** Its findings stand with the components. */
function reported({ findings: _, ...verification }: Verification) {
  return verification
}

/** Whatever the operator's own check finds counts like a difference. */
async function addCheckCommand(
  verification: Verification,
  command: string,
  context: RestoreContext,
): Promise<void> {
  const { HOOK_TIMEOUT_SEC, environment } = context.config
  context.log.info(`running the check of your own: ${command}`)
  const wrong = await runCheckCommand({
    ...{ ...context, command, environment },
    timeoutMs: HOOK_TIMEOUT_SEC * 1000,
  })
  verification.counts['checkCommands'] = 1
  if (wrong === undefined) return
  verification.ok = false
  verification.counts['differences'] = (verification.counts['differences'] ?? 0) + 1
  verification.differences.unshift(wrong)
}

/** Findings join those of the component they are about. */
function withFindings(results: readonly ComponentResult[], findings: readonly Finding[]): ComponentResult[] {
  return results.map((result) => {
    const own = [...result.findings, ...findings.filter(({ component }) => component === result.component)]
    return { ...result, findings: own, status: statusOf(own) }
  })
}

function describe({ component, kind, name, expected, actual }: Verification['differences'][number]): string {
  return `${component}: ${kind} ${name}: expected ${expected ?? 'nothing'}, found ${actual ?? 'nothing'}`
}

function unequal(verification: Verification): ErrorReport {
  return {
    code: 'RESTORE_DIFFERENCES',
    message: `The restored project is not what was backed up: ${plural(verification.counts['differences'] ?? 0, 'difference')}.`,
    detail: verification.differences.slice(0, 5).map(describe).join('; '),
    suggestion:
      'The report lists the differences. Until a drill succeeds, do not count on this backup alone.',
    phase: 'restore/verify',
  }
}
