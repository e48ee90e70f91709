import { type Finding, statusOf } from '../../common/findings.ts'
import { plural } from '../../common/units.ts'
import { inSession, type PsqlSession } from '../connect/psql.ts'
import { searchPathOf, withSchema, withSearchPath } from '../connect/search-path.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { detach } from '../rules/dependents.ts'
import { readyForExtensions } from '../rules/extensions.ts'
import { planRuns, transformedBy } from '../rules/plan.ts'
import { grantorsOf, restoreGrantsOfOthers } from '../rules/platform-objects.ts'
import type { Decision } from '../rules/rules.ts'
import { givePublic, ownerOfPublic } from '../rules/schema-public.ts'
import { disableStatements, planWebhooks, webhookFindings } from '../rules/webhooks.ts'
import { checkTables } from './checks.ts'
import { findReordered } from './column-order.ts'
import { checkTransaction, commit, transactionId } from './commit.ts'
import { restoreData, restorePostData } from './data.ts'
import { suspendDefaultPrivileges } from './default-privileges.ts'
import { type DeferredChecks, deferChecks } from './deferred-checks.ts'
import { dropSelected } from './drop-selected.ts'
import { closedExtensionFindings, ownMultiranges } from './granted-by-default.ts'
import { bareInheritedColumns } from './inherited-columns.ts'
import { revokeMaintain } from './maintain.ts'
import { recordedBindings } from './meanings.ts'
import { joinRoles, lendSchemas, ownersOnTarget } from './ownership.ts'
import { asideName, renameAside } from './rename-schema.ts'
import type { DatabaseRestore } from './restore.ts'
import { createRoles } from './roles.ts'
import {
  planSelection,
  type SelectionPlan,
  type SelectiveRestoreOptions,
  schemasOf,
} from './selection-plan.ts'
import { setSequences } from './sequence-values.ts'
import { ownSettings, replicaMode, restoreStep } from './step.ts'
import { fillViews } from './views.ts'
import { type Weakening, weakeningFindings } from './weakened.ts'

const phase = 'database/restore'

/** Restores some schemas or tables, in one transaction, and nothing else. */
export async function restoreSelection(options: SelectiveRestoreOptions): Promise<DatabaseRestore> {
  return restorePlanned(options, await planSelection(options))
}

/** The same, with what was decided. */
export async function restorePlanned(
  options: SelectiveRestoreOptions,
  plan: SelectionPlan,
): Promise<DatabaseRestore> {
  const started = performance.now()
  const { weakened, ...replaced } = await inSession({ ...options, phase }, plan, (session) =>
    replace(options, plan, session),
  )
  const findings = [...replaced.findings, ...weakeningFindings(weakened)]
  return {
    component: 'database',
    status: statusOf(findings),
    seconds: (performance.now() - started) / 1000,
    counts: {
      entries: plan.decisions.length,
      tables: plan.tables.length,
      rows: plan.tables.reduce((sum, { rows }) => sum + rows, 0),
    },
    findings,
    weakened,
  }
}

/** Whether a role owns something, or may do something with it. A name inside another text counts too, and does no harm. */
function isMentioned(role: string, decisions: readonly Decision[]): boolean {
  return decisions.some(({ entry }) => entry.owner === role || entry.defn.includes(role))
}

async function replace(
  options: SelectiveRestoreOptions,
  plan: SelectionPlan,
  session: PsqlSession,
): Promise<{ findings: Finding[]; weakened: Weakening[] }> {
  await session.run(`${ownSettings}BEGIN;\n`)
  const transaction = await transactionId(session)
  const work = await workOf(options, plan, session)
  const lent = await makeRoom(work)
  const checks = await createChosen(work)
  await fillChosen(work, checks)
  await session.run(ownSettings)
  await lent.attachments.restore()
  await lent.membership.giveBack()

  const { weakened, isThere } = work
  const checked = await checkTables(session, plan.tables, () => true, work.searchPath)
  const restored = plan.decisions.map(({ entry }) => entry).filter(isThere)
  weakened.push(...checked, ...(await findReordered(session, restored, checked)))
  await lent.beside?.putBack()
  await lent.defaults.giveBack()
  await session.run(`NOTIFY pgrst, 'reload schema';\n`)
  await checkTransaction(session, transaction)
  await commit(session, { ...options, transaction })
  return { findings: work.findings, weakened }
}

/** What the stages of it work on. */
async function workOf(options: SelectiveRestoreOptions, plan: SelectionPlan, session: PsqlSession) {
  const { recorded, target, decisions, dump, contents } = plan
  const webhooks = await planWebhooks(decisions, { arm: options.arm ?? false, schemas: target.schemas })
  const notNow = new Set([...webhooks.leaveOut, ...webhooks.impossible].map(({ entry }) => entry))
  const kept = decisions.filter(({ entry }) => !notNow.has(entry))
  const runs = planRuns(kept, { direct: new Set(), privileged: new Set() })
  const ownPath = searchPathOf(recorded, new Set(decisions.map(({ entry }) => entry.owner)))
  // The functions of extensions in the target's own schema are found in its place aside.
  const searchPath = options.intoSchema === undefined ? ownPath : withSchema(ownPath, asideName)
  const leftOut = new Set(plan.leftOut)
  const weakened = [...plan.weakened]
  const losses = { entries: contents.entries, weakened, leftOut }
  return {
    ...{ options, plan, session, webhooks, kept, runs, searchPath, leftOut, weakened },
    step: {
      ...{ ...options, ...losses, session, dump, runs, target, searchPath, atomic: true },
      bindings: recordedBindings(options.generation),
      lacking: plan.lacks.absent,
    },
    grantedByOthers: transformedBy(kept, 'granted-by-others'),
    findings: [...webhookFindings(webhooks)],
    isThere: (entry: ContentsEntry) => !leftOut.has(entry),
  }
}

type Work = Awaited<ReturnType<typeof workOf>>

/** Makes the roles that there have to be, and takes away or puts aside what stands in the way. @returns what gives back what was lent for it */
async function makeRoom({ options, plan, session, grantedByOthers, weakened }: Work) {
  const { recorded, target, decisions, replaced } = plan
  const { selection, intoSchema } = options
  const missingRoles = recorded.roles.filter(
    (role) => !target.roles.has(role.name) && isMentioned(role.name, decisions),
  )
  weakened.push(...(await createRoles(session, { ...recorded, roles: missingRoles }, target)))
  const actors = [
    ...decisions.map(({ entry }) => entry.owner),
    ...(await ownersOnTarget(session)),
    ...(await grantorsOf(grantedByOthers)),
  ]
  const membership = await joinRoles(session, actors, target.server.version)
  await replicaMode(session, true)
  const defaults = await suspendDefaultPrivileges(session, plan.there, { replaced, user: target.user })
  const [schema = ''] = schemasOf(selection)
  const beside =
    intoSchema === undefined ? undefined : await renameAside(session, { schema, intoSchema }, target)
  const attachments = await detach(session, replaced)
  if (selection.schemas.includes('public') && intoSchema === undefined)
    await givePublic(session, ownerOfPublic(plan.contents.entries))
  const dropped = await dropSelected(session, selection, replaced)
  options.log.info(`dropped ${plural(dropped, 'object')} of the target`)
  return { membership, defaults, beside, attachments }
}

/** Schemas, extensions, tables, functions. @returns the checks that wait for the rows */
async function createChosen({ options, plan, session, runs, leftOut, step, isThere, ...work }: Work) {
  const { recorded } = plan
  await restoreStep(step, 'schemas')
  await replicaMode(session, false)
  const extensions = (runs.get('extensions') ?? []).flatMap(({ entries }) => entries)
  for (const entry of await readyForExtensions(session, extensions, recorded.extensions)) leftOut.add(entry)
  await restoreStep(step, 'extensions')
  work.findings.push(
    ...(await closedExtensionFindings(session, extensions.filter(isThere), plan.contents.entries)),
  )
  await replicaMode(session, true)
  const created = runs.get('pre-data') ?? []
  const creation = await lendSchemas(
    session,
    created.flatMap((run) => (run.noOwner ? [] : run.entries)),
  )
  await restoreStep(step, 'pre-data')
  const entries = created.flatMap((run) => run.entries).filter(isThere)
  await bareInheritedColumns(session, recorded.inheritedColumns, entries)
  await creation.giveBack()
  await session.run(ownSettings)
  await ownMultiranges(session, entries, plan.target)
  return deferChecks(session, schemasOf(options.selection))
}

/** Rows, and what stands on them: privileges, indexes, keys, triggers, values of sequences. */
async function fillChosen(
  { plan, session, webhooks, kept, searchPath, step, isThere, ...work }: Work,
  checks: DeferredChecks,
): Promise<void> {
  const { recorded, target } = plan
  const late = await restoreData(step, checks)
  work.weakened.push(...(await withSearchPath(session, searchPath.definitions, () => checks.restore())))
  await restoreStep(step, 'privileges')
  await restoreGrantsOfOthers(session, work.grantedByOthers.filter(isThere), target.user)
  await restorePostData(step, late)
  await session.run(disableStatements(webhooks.disable.filter(({ entry }) => isThere(entry))))
  const fill = () => fillViews(session, transformedBy(kept, 'materialized-views').filter(isThere))
  work.findings.push(...(await withSearchPath(session, searchPath.calls, fill)))
  const sequences = new Set(
    transformedBy(kept, 'sequence-values').map(({ namespace, tag }) => `${namespace}.${tag}`),
  )
  const chosen = recorded.sequences.filter(({ schema, name }) => sequences.has(`${schema}.${name}`))
  await setSequences(session, chosen, 'of the user')
  await restoreStep(step, 'owner-privileges')
  const made = kept.map(({ entry }) => entry).filter(isThere)
  await revokeMaintain(session, made, plan.contents, target)
}
