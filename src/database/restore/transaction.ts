import type { PsqlSession } from '../connect/psql.ts'
import { withSearchPath } from '../connect/search-path.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { lacksOf, moveExtensions, readyForExtensions } from '../rules/extensions.ts'
import { transformedBy } from '../rules/plan.ts'
import { isManagedSchema } from '../rules/platform.ts'
import {
  grantorsOf,
  restoreGrantsOfOthers,
  restoreManagedComments,
  restoreUserTriggers,
} from '../rules/platform-objects.ts'
import { privilegedFindings } from '../rules/privileged.ts'
import { givePublic, ownerOfPublic } from '../rules/schema-public.ts'
import { disableStatements } from '../rules/webhooks.ts'
import { checkRows } from './checks.ts'
import { closeFunctions } from './closed-functions.ts'
import { checkTransaction, commit, transactionId } from './commit.ts'
import { restoreCronJobs } from './cron.ts'
import { restoreData, restorePostData } from './data.ts'
import { restoreDatabaseGrants } from './database-grants.ts'
import { deferChecks } from './deferred-checks.ts'
import { closedExtensionFindings, ownMultiranges, takeBackDefaultGrants } from './granted-by-default.ts'
import { bareInheritedColumns } from './inherited-columns.ts'
import { restoreLargeObjects } from './large-objects.ts'
import { estimateLocks, requireLocks } from './locks.ts'
import { disableLoginTriggers } from './login-triggers.ts'
import { revokeMaintain } from './maintain.ts'
import { restoreManagedGrants, restorePlatformGrants } from './managed-grants.ts'
import { recordedBindings } from './meanings.ts'
import { dropSurplusExtensions, dropSurplusRoles } from './only-at-target.ts'
import type { DatabaseRestoreOptions } from './options.ts'
import { joinRoles, lendSchemas, ownersOnTarget } from './ownership.ts'
import { restorePlatformComments } from './platform-comments.ts'
import type { Preparation } from './prepare.ts'
import { restoreQueues } from './queues.ts'
import { restoreRealtimePublication } from './realtime-publication.ts'
import { createRoles, restoreMemberships, restoreSettings } from './roles.ts'
import { restoreSecrets } from './secrets.ts'
import type { SectionPrefetch } from './section-prefetch.ts'
import { setSequences } from './sequence-values.ts'
import { restoreThroughTemporaryTable } from './service-rows.ts'
import { ownSettings, replicaMode, restoreStep } from './step.ts'
import { lookAgain } from './target.ts'
import { restoreUserMappings } from './user-mappings.ts'
import { fillViews } from './views.ts'
import type { Weakening } from './weakened.ts'
import { wipe } from './wipe.ts'

/** What a restore works on, once it has planned all. */
export interface RestoreWork extends DatabaseRestoreOptions {
  preparation: Preparation
  /** Grows on the way. */
  weakened: Weakening[]
  session: PsqlSession
  ahead: SectionPrefetch
}

/** Restores all that was planned, step by step, in the session's one transaction, or in many where they are batches. */
export async function restoreInTransaction(restore: RestoreWork): Promise<void> {
  const { session, preparation, batches } = restore
  const { recorded, target } = preparation
  const atomic = !batches
  await session.run(`${ownSettings}${atomic ? 'BEGIN;\n' : ''}`)
  const transaction = await transactionId(session)
  if (atomic) requireLocks(await estimateLocks(session, userSchemas(target), entriesOf(preparation)))
  const work = workOf(restore)
  const membership = await emptyTarget(work)
  const moved = await createDefinitions(work)
  await completeDefinitions(work, await loadRows(work))
  await restorePrivileges(work, { membership, moved })
  await restoreServices(work)
  const checked = await checkRows(session, preparation, { hash: restore.hash ?? true })
  work.found(checked)
  if (restore.finally !== undefined) await session.run(`${restore.finally};\n`)
  // One on logins keeps new connections waiting from here to the COMMIT, and there is none any more that it may fire for.
  await restoreStep(work.step, 'event-triggers')
  restore.weakened.push(...(await disableLoginTriggers(session, entriesOf(preparation))))
  // Last, for a rollback does not undo it.
  await setSequences(session, recorded.sequences, 'of services')
  if (!atomic) return
  await checkTransaction(session, transaction)
  await restore.beforeCommit?.(transaction, restore.weakened)
  await commit(session, { ...restore, transaction })
}

/** The same for each of its stages. */
function workOf(restore: RestoreWork) {
  const { preparation, weakened } = restore
  const { decisions, leftOut, findings, contents, target } = preparation
  const losses = { entries: contents.entries, weakened, leftOut }
  const isThere = (entry: ContentsEntry) => !leftOut.has(entry)
  return {
    ...{ restore, preparation, session: restore.session, weakened, isThere },
    step: {
      ...{ ...restore, ...preparation, ...losses, atomic: !restore.batches },
      bindings: recordedBindings(restore.generation),
      lacking: lacksOf(preparation.extensions).absent,
    },
    published: { target, superuser: restore.superuser },
    grantedByOthers: transformedBy(decisions, 'granted-by-others'),
    kept: decisions.filter(({ action }) => action !== 'drop').map(({ entry }) => entry),
    transformed: (rule: string) => transformedBy(decisions, rule).filter(isThere),
    found(more: { findings: typeof findings; weakened: Weakening[] }) {
      findings.push(...more.findings)
      weakened.push(...more.weakened)
    },
  }
}

type Work = ReturnType<typeof workOf>

/** Makes the roles that there have to be, and takes away what is at the target. @returns what gives memberships back */
async function emptyTarget({ restore, preparation, session, weakened, step, ...work }: Work) {
  const { recorded, target, contents } = preparation
  weakened.push(...(await createRoles(session, recorded, target)))
  const owners = work.kept.map(({ owner }) => owner)
  const actors = [...owners, ...(await ownersOnTarget(session)), ...(await grantorsOf(work.grantedByOthers))]
  const membership = await joinRoles(session, actors, target.server.version)
  await replicaMode(session, true, step.atomic)
  await givePublic(session, ownerOfPublic(contents.entries))
  const wiped = await wipe(session, step.atomic)
  restore.log.info(`emptied the target: ${[...wiped].map(([what, count]) => `${count} ${what}`).join(', ')}`)
  weakened.push(...(await restoreRealtimePublication(session, recorded.publications, work.published)))
  if (restore.rollback) weakened.push(...(await dropSurplusExtensions(session, recorded, target)))
  return membership
}

/** Schemas, extensions, tables, functions. @returns which extensions were moved, as `privilegedFindings` tells them */
async function createDefinitions({ restore, preparation, session, weakened, step, ...work }: Work) {
  const { recorded, target } = preparation
  await restoreStep(step, 'schemas')
  const as = { user: target.user, superuser: restore.superuser }
  const moved = await moveExtensions(session, preparation.extensions, as)
  await replicaMode(session, false, step.atomic)
  const installed = await readyForExtensions(session, entriesOf(preparation), recorded.extensions)
  for (const entry of installed) preparation.leftOut.add(entry)
  // The platform's event triggers hand a new extension's objects to postgres: not in replica mode.
  await restoreStep(step, 'extensions')
  const extensions = (preparation.runs.get('extensions') ?? []).flatMap(({ entries }) => entries)
  preparation.findings.push(
    ...(await closedExtensionFindings(
      session,
      extensions.filter(work.isThere),
      preparation.contents.entries,
    )),
  )
  await replicaMode(session, true, step.atomic)
  weakened.push(...(await closeFunctions(session, recorded.closedFunctions, work.published)))

  const preData = preparation.runs.get('pre-data') ?? []
  const creation = await lendSchemas(
    session,
    preData.flatMap((run) => (run.noOwner ? [] : run.entries)),
  )
  await restoreStep(step, 'pre-data')
  await bareInheritedColumns(session, recorded.inheritedColumns, entriesOf(preparation).filter(work.isThere))
  await creation.giveBack()
  await session.run(ownSettings)
  const made = work.kept.filter(work.isThere)
  await takeBackDefaultGrants(session, made, target)
  await ownMultiranges(session, made, target)
  weakened.push(...(await restoreUserMappings(session, recorded.userMappings, target)))
  return moved
}

/** Rows and large objects. @returns the entries whose rows name what comes later */
async function loadRows({ preparation, session, weakened, step, ...work }: Work): Promise<ContentsEntry[]> {
  const { dump, serviceRows, searchPath } = preparation
  const checks = await deferChecks(session)
  const late = await restoreData(step, checks)
  for (const table of serviceRows.tables)
    if (table.lost.length > 0) await restoreThroughTemporaryTable(session, dump, table)
  await restoreLargeObjects(session, dump, work.transformed('large-object-contents'))
  weakened.push(...(await withSearchPath(session, searchPath.definitions, () => checks.restore())))
  return late
}

/** What stands on the rows: indexes, keys, triggers, views' rows. */
async function completeDefinitions(
  { preparation, session, weakened, step, ...work }: Work,
  late: readonly ContentsEntry[],
): Promise<void> {
  const { target, recorded, webhooks, searchPath, findings, contents } = preparation
  await restoreStep(step, 'privileges')
  await restoreGrantsOfOthers(session, work.grantedByOthers.filter(work.isThere), target.user)
  await restorePostData(step, late)
  await restoreUserTriggers(session, work.transformed('user-triggers'))
  weakened.push(...(await restoreManagedComments(session, work.transformed('comments-on-managed-tables'))))
  await session.run(disableStatements(webhooks.disable.filter(({ entry }) => work.isThere(entry))))
  const fill = () => fillViews(session, work.transformed('materialized-views'))
  findings.push(...(await withSearchPath(session, searchPath.calls, fill)))
  // A view's query may have moved one; a rollback undoes this, as they are new.
  await setSequences(session, recorded.sequences, 'of the user')
  // To fill a view takes MAINTAIN, and what its query needs.
  await restoreStep(step, 'owner-privileges')
  await revokeMaintain(session, work.kept.filter(work.isThere), contents, target)
}

/** Who may do what among the platform's, memberships, settings. */
async function restorePrivileges(
  { restore, preparation, session, weakened }: Work,
  {
    membership,
    moved,
  }: {
    membership: Awaited<ReturnType<typeof emptyTarget>>
    moved: Awaited<ReturnType<typeof createDefinitions>>
  },
): Promise<void> {
  const { recorded, target, findings, privileged } = preparation
  const { superuser, rollback } = restore
  findings.push(...(await restoreManagedGrants(session, recorded, target.server)))
  weakened.push(
    ...(await restorePlatformGrants(session, recorded, target.server)),
    ...(await restorePlatformComments(session, recorded.platformComments, target, superuser)),
  )
  await membership.giveBack()
  weakened.push(...(await restoreMemberships(session, recorded, target, rollback)))
  weakened.push(...(await restoreDatabaseGrants(session, recorded, target)))
  const set = await restoreSettings(session, recorded, target, superuser)
  weakened.push(...set.weakened)
  if (rollback) weakened.push(...(await dropSurplusRoles(session, recorded, target)))
  if (superuser) findings.push(...privilegedFindings([...privileged, ...moved, ...set.asSuperuser]))
}

/** What extensions keep in tables of their own: queues, secrets, jobs. */
async function restoreServices({ restore, preparation, session, weakened, ...work }: Work): Promise<void> {
  const { recorded, target, findings, contents } = preparation
  await session.run(`${ownSettings}NOTIFY pgrst, 'reload schema';\n`)
  const now = await lookAgain(session, target)
  weakened.push(...(await restoreQueues(session, recorded.queues, now.relations.has('pgmq.meta'))))
  findings.push(
    ...(await restoreSecrets(session, recorded.secrets, {
      targetHasVault: now.relations.has('vault.decrypted_secrets'),
      opensThem: restore.opensSecrets ?? false,
    })),
  )
  work.found(
    await restoreCronJobs(session, recorded.cronJobs, {
      targetHasCron: now.relations.has('cron.job'),
      arm: restore.arm ?? false,
      user: target.user,
      database: contents.database,
    }),
  )
}

function userSchemas({ schemas }: Preparation['target']): string[] {
  return [...schemas].filter((name) => !isManagedSchema(name))
}

function entriesOf({ runs }: Preparation): ContentsEntry[] {
  return [...runs.values()].flat().flatMap(({ entries }) => entries)
}
