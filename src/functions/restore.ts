import { z } from 'zod'
import { type ComponentResult, type Finding, finding, statusOf } from '../common/findings.ts'
import type {
  ComponentProgress,
  ComponentRestore,
  ComponentVerification,
  RestoreContext,
} from '../components/component.ts'
import { withoutWay } from '../components/without-way.ts'
import type { FunctionsApi } from './api.ts'
import { deployAll, removeAll } from './deploy.ts'
import { oneSided } from './difference.ts'
import { byHandIntoFolder } from './folder-plan.ts'
import { openFunctionsOf } from './open.ts'
import { type Comparison, compareWithTarget, keepsExtra } from './plan.ts'
import { previewFunctions } from './preview.ts'
import { planSecrets, secretFindings } from './secret-plan.ts'

const component = 'functions'

/** Opens the restore of the functions: by difference, so a rollback is a restore, and one that broke off is simply repeated. */
export async function openFunctionsRestore(context: RestoreContext): Promise<ComponentRestore> {
  const { target, wanted, log, signal } = context
  const isUnreachable = target.management === undefined && target.functionsFolder === undefined
  if (isUnreachable && wanted.length > 1)
    return withoutWay(
      component,
      `The functions of the backup were not restored to ${target.reference}: without its project reference and an access token there is no way to them. Set both for the target, or of a self-hosted one the folder of its functions (FUNCTIONS_DIR), then run restore.sh --only functions.`,
    )
  const api = openFunctionsOf(target, {
    signal,
    onRetry: (error) => log.warn(`${error.message}; trying again`),
  })
  const bring = (progress: ComponentProgress) => bringFunctions(api, context, progress)
  return {
    preview: () => previewFunctions(api, context),
    restore: bring,
    undo: bring,
    verify: (progress) => verifyFunctions(api, context, progress),
    close: api.close,
  }
}

async function bringFunctions(
  api: FunctionsApi,
  context: RestoreContext,
  progress: ComponentProgress,
): Promise<ComponentResult> {
  const started = performance.now()
  const { different, equal, refused, extra, unread } = await compareWithTarget({ api, context, anew: false })
  const secrets = await bringSecrets(api, context)
  const failed = await deployAll(
    api,
    context,
    different.map(({ source }) => source),
  )
  const notDeployed = new Map([...refused, ...failed])
  const stayed = keepsExtra(context) ? new Map<string, string>() : await removeAll(api, context, extra)
  const removed = keepsExtra(context) ? [] : extra.filter((slug) => !stayed.has(slug))
  await progress.note({ refused: [...notDeployed.keys()], stayed: [...stayed.keys()] })
  const deployed = different.filter(({ source }) => !failed.has(source.slug))
  const findings = [
    ...refusedFindings(api, notDeployed),
    ...stayedFindings(stayed),
    ...secrets.findings,
    ...openFindings(api, deployed),
    ...stayFindings(unread),
  ]
  const counts = {
    functions: equal.length + deployed.length,
    functionsDeployed: deployed.length,
    ...{
      functionsNotDeployed: notDeployed.size,
      functionsRemoved: removed.length,
      secretsSet: secrets.set,
      ...api.counts,
    },
  }
  const seconds = (performance.now() - started) / 1000
  return { component, status: statusOf(findings), seconds, counts, findings }
}

/** A self-hosted stack checks tokens for all functions or for none: those that were open to all are named. */
function openFindings(api: FunctionsApi, deployed: Comparison['different']): Finding[] {
  const names = deployed
    .filter(({ source }) => source.listed.verify_jwt === false)
    .map(({ source }) => source.slug)
  if (!api.sharesFiles || names.length === 0) return []
  const message =
    'These functions took calls without a token at the origin (verify_jwt = false). A self-hosted stack checks tokens for all functions or for none: FUNCTIONS_VERIFY_JWT in its .env.'
  return [finding({ component, severity: 'manual', kind: 'functions-verify-jwt', names, message })]
}

/** What a backup could not read is not in it, and was there: it is not taken away. */
function stayFindings(names: readonly string[]): Finding[] {
  if (names.length === 0) return []
  const message =
    'These functions of the target were left as they are: the project of the backup had them too, but their sources could not be read.'
  return [finding({ component, severity: 'note', kind: 'functions-left', names, message })]
}

/** Before the functions that read them. A target for trials is not given the secrets of the project, which act on the world. */
async function bringSecrets(
  api: FunctionsApi,
  context: RestoreContext,
): Promise<{ set: number; findings: Finding[] }> {
  if (context.disposable) return { set: 0, findings: [] }
  const plan = await planSecrets(api, context)
  if (plan.set.length > 0) await api.setSecrets(plan.set)
  return { set: plan.set.length, findings: secretFindings(plan) }
}

/** What could not be deployed, and why. */
function refusedFindings(api: FunctionsApi, refused: ReadonlyMap<string, string>): Finding[] {
  if (refused.size === 0) return []
  const message = `These functions could not be deployed; why stands behind each.${api.sharesFiles ? ` ${byHandIntoFolder}` : ''}`
  const names = [...refused].map(([slug, why]) => `${slug}: ${why}`).toSorted()
  return [finding({ component, severity: 'degraded', kind: 'functions-refused', names, message })]
}

/** What could not be removed, and why. */
function stayedFindings(stayed: ReadonlyMap<string, string>): Finding[] {
  if (stayed.size === 0) return []
  const message =
    'These functions of the target, which the backup does not have, could not be removed; why stands behind each.'
  const names = [...stayed].map(([slug, why]) => `${slug}: ${why}`).toSorted()
  return [finding({ component, severity: 'degraded', kind: 'functions-not-removed', names, message })]
}

/** What is noted of a restore: the slugs of functions that were refused or could not be removed, and named. */
const stateSchema = z.object({
  refused: z.array(z.string()).default([]),
  stayed: z.array(z.string()).default([]),
})

/**
 * Reads every function of the target anew, and compares its files and how it is run with the backup's. What the restore has named as
 * refused is no difference.
 */
async function verifyFunctions(
  api: FunctionsApi,
  context: RestoreContext,
  progress: ComponentProgress,
): Promise<ComponentVerification> {
  const compared = await compareWithTarget({ api, context, anew: true })
  const { equal, extra } = compared
  const { refused, stayed } = stateSchema.parse(progress.state)
  const different = compared.different.filter(({ source }) => !refused.includes(source.slug))
  const left = keepsExtra(context) ? [] : extra.filter((slug) => !stayed.includes(slug))
  const differences = [
    ...different.flatMap((each) => each.differences),
    ...left.map((slug) => oneSided(slug, 'target')),
  ]
  const sources = [...equal, ...different.map(({ source }) => source)]
  const counts = {
    functions: sources.length,
    functionFiles: sources.reduce((sum, { files }) => sum + files.length, 0),
  }
  return { ok: differences.length === 0, counts, differences, findings: [] }
}
