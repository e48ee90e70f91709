import type pg from 'pg'
import { BackupError } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import type { PostgresClients } from '../connect/client-programs.ts'
import { connect, type DatabaseConnection, sessionSettings } from '../connect/connection.ts'
import type { PsqlSession } from '../connect/psql.ts'
import { StatementError } from '../connect/psql-errors.ts'
import type { SearchPath } from '../connect/search-path.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { type Run, type Step, superusersOwn } from '../rules/plan.ts'
import { restorePrivileged } from '../rules/privileged.ts'
import { quoteName } from '../sql/statements.ts'
import { runIgnoringPrivilegeErrors } from './ignore-privilege-error.ts'
import type { Bindings } from './meanings.ts'
import { callingPolymorphic, functionsOf, restoredAlike, withoutOverloads } from './overloads.ts'
import { type Losses, leaveOut, type ResilientOptions, restoreResiliently } from './resilient.ts'
import type { SectionPrefetch } from './section-prefetch.ts'
import { restoreSection } from './sections.ts'
import type { Target } from './target.ts'
import { ownerOf, type Weakening } from './weakened.ts'

/** Limits of a restore's session, which holds locks that logins and uploads need. */
const limits = {
  // How long it waits for them to let go of the tables that are emptied.
  lock_timeout: '30s',
  // How long the server waits for the next statement, should this machine or its network be gone, before it rolls back.
  idle_in_transaction_session_timeout: '10min',
}

/** The limits once more: pg_restore sets others. */
export const restoreLimits = Object.entries(limits)
  .map(([name, value]) => `SET ${name} = '${value}';`)
  .join(' ')

/** Settings of our own parts, as far as the server knows them; pg_restore makes others in between. */
export const ownSettings = `SELECT pg_catalog.set_config(wanted.name, wanted.value, false) FROM (VALUES
  ${Object.entries({ ...sessionSettings, ...limits })
    .map(([name, value]) => `('${name}', '${value}')`)
    .join(', ')}) wanted (name, value) JOIN pg_catalog.pg_settings s ON s.name = wanted.name;
`

export interface StepContext extends Losses {
  session: PsqlSession
  clients: PostgresClients
  /** Where the user's functions look up names. */
  searchPath: SearchPath
  /** The dump's directory, and its entries by the step they belong to. */
  dump: string
  runs: ReadonlyMap<Step, Run[]>
  target: Target
  /** Whether it all is one transaction; otherwise each attempt is one. */
  atomic: boolean
  bindings: Bindings
  /** Extensions that the backup has and the target lacks. */
  lacking: readonly string[]
  /** Of the same runs, where they are many. */
  ahead?: SectionPrefetch | undefined
  superuser?: DatabaseConnection | undefined
  log: Log
  signal?: AbortSignal | undefined
}

/**
 * Restores the entries of one step through the session, inside its transaction. What cannot be made is weakened or left
 * out, as far as a restore may do so by itself.
 * @param isMeant which of them, where not all
 */
export async function restoreStep(
  context: StepContext,
  step: Exclude<Step, 'data'>,
  isMeant: (entry: ContentsEntry) => boolean = () => true,
): Promise<void> {
  const all = context.runs.get(step) ?? []
  const runs = all.map((run) =>
    run.entries.every(isMeant) ? run : { ...run, entries: run.entries.filter(isMeant) },
  )
  const asSuperuser = runs.some(({ privileged }) => privileged) ? context.superuser : undefined
  const superuser = asSuperuser && (await connect(asSuperuser, 'database/restore'))
  try {
    await restoreRuns(context, runs, superuser)
  } finally {
    await superuser?.end()
  }
}

async function restoreRuns(
  context: StepContext,
  runs: readonly Run[],
  superuser: pg.Client | undefined,
): Promise<void> {
  const { session, target, ahead, searchPath, leftOut } = context
  const path = searchPath.definitions
  const to = {
    ...{ session, attempt: true, settings: `${restoreLimits} ${path}` },
    serverVersion: target.server.version,
  }
  for (const run of runs) {
    const entries = run.entries.filter((entry) => !leftOut.has(entry))
    if (run.privileged && superuser) {
      await restoreAsSuperuser(superuser, entries, { ...context, path })
      continue
    }
    const attempt = (some: readonly ContentsEntry[]) =>
      restoreSection({ ...context, ...to, entries: some, noOwner: run.noOwner })
    const apart = callingPolymorphic(entries, context.entries)
    const options = { ...context, path, attempt }
    const whole = entries.length === run.entries.length
    if (apart.size > 0) await restoreApart(entries, apart, options)
    else {
      const error = ahead && whole ? await ahead.restore(run, to) : await attempt(entries)
      if (error) await restoreResiliently(entries, error, options)
    }
    context.weakened.push(...(await giveToOwners(session, entries, context)))
  }
}

/** Restores entries in their order, those of `apart` each by itself, while other functions of the names they call have others. */
async function restoreApart(
  entries: readonly ContentsEntry[],
  apart: ReadonlySet<ContentsEntry>,
  options: ResilientOptions,
): Promise<void> {
  const { session, leftOut, attempt } = options
  const together = async (all: readonly ContentsEntry[]) => {
    const rest = all.filter((entry) => !leftOut.has(entry))
    const error = rest.length === 0 ? undefined : await attempt(rest)
    if (error) await restoreResiliently(rest, error, options)
  }
  let from = 0
  for (const entry of apart) {
    const at = entries.indexOf(entry)
    if (at < from) continue
    await together(entries.slice(from, at))
    from = at + 1
    if (leftOut.has(entry)) continue
    const rest = entries.slice(at).filter((each) => !leftOut.has(each))
    const alike = await restoredAlike(rest, options)
    const last = rest[alike - 1]
    if (last !== undefined) from = entries.indexOf(last) + 1
    else if (
      !(await withoutOverloads(session, functionsOf([entry], options.entries), () => attempt([entry])))
    )
      await together([entry])
  }
  await together(entries.slice(from))
}

/** One that cannot be made is left out, as on a server where postgres may make it. */
async function restoreAsSuperuser(
  superuser: pg.Client,
  entries: readonly ContentsEntry[],
  context: StepContext & { path: string },
): Promise<void> {
  const { session, target, leftOut } = context
  for (const entry of entries) {
    if (leftOut.has(entry)) continue
    const as = { role: target.user, entry }
    const error = await restorePrivileged(superuser, session, as).catch((refused: unknown) => refused)
    const unknown = error instanceof BackupError && error.code === 'DUMP_STATEMENT_UNKNOWN'
    const attempt = async () => undefined
    if (unknown && (await leaveOut(entry, error.message, context))) continue
    if (error instanceof StatementError) await restoreResiliently([entry], error, { ...context, attempt })
    else if (error !== undefined) throw error
    else context.weakened.push(...(await giveToOwners(session, [entry], context)))
  }
}

/** Gives foreign data wrappers and event triggers to whom they belonged, where that is not who restores them: only a superuser can be one. */
async function giveToOwners(
  session: PsqlSession,
  entries: readonly ContentsEntry[],
  { target, leftOut }: StepContext,
): Promise<Weakening[]> {
  const others = entries.filter(
    (entry) => superusersOwn.includes(entry.desc) && entry.owner !== target.user && !leftOut.has(entry),
  )
  const refused = await runIgnoringPrivilegeErrors(
    session,
    others.map((entry) => ({
      name: ownerOf(nameOf(entry)),
      sql: `ALTER ${entry.desc} ${quoteName(entry.tag)} OWNER TO ${quoteName(entry.owner)}`,
    })),
  )
  return refused.map(({ name, reason, sql }) => ({ kind: 'refused', name, reason, sql }))
}

/**
 * In replica mode neither foreign keys nor triggers of the services' tables act.
 * @param local until the end of the transaction, so that it cannot stay with a connection somebody else gets
 */
export async function replicaMode(session: PsqlSession, on: boolean, local = true): Promise<void> {
  const scope = local ? 'LOCAL' : 'SESSION'
  await session.run(`SET ${scope} session_replication_role = ${on ? 'replica' : 'origin'};\n`)
}
