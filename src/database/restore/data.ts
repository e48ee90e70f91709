import { z } from 'zod'
import { entryOf, leaveOutFlag, StatementError } from '../connect/psql-errors.ts'
import { ownSearchPath } from '../connect/search-path.ts'
import { type ContentsEntry, nameOf } from '../rules/contents.ts'
import { partitionRoots } from '../verify/partition-roots.ts'
import type { DeferredChecks } from './deferred-checks.ts'
import { loadTelling } from './load-progress.ts'
import { planCopies } from './load-rows.ts'
import { halves, isLockTableFull } from './resilient.ts'
import { restoreSection } from './sections.ts'
import { restoreLimits, restoreStep, type StepContext } from './step.ts'

/** One more each time: a domain by itself, all checks of tables, partitions through their roots. */
const attempts = 50

const checkViolation = '23514'

/**
 * Loads the rows of all tables. Where they contradict a check, which PostgreSQL allows to come about (a check that asks
 * the time, or a function that was changed), checks are dropped for now and the rows loaded once more; where they do not fit
 * their partition, as when that is told by the identifiers of an enum's values, they go through the root.
 * @param checks that are dropped already
 * @returns the entries whose rows name objects that come later, for `restorePostData`
 */
export async function restoreData(context: StepContext, checks: DeferredChecks): Promise<ContentsEntry[]> {
  const { searchPath, leftOut, atomic, target } = context
  const runs = (context.runs.get('data') ?? []).map((run) =>
    run.entries.filter((entry) => !leftOut.has(entry)),
  )
  const all = runs.flat()
  const entriesLeft: ContentsEntry[] = []
  const late: ContentsEntry[] = []
  for (const part of atomic ? [all] : runs)
    entriesLeft.push(...(await loadFitting(context, { part, all, late }, checks)))
  await restoreSection({
    ...context,
    ...{ attempt: false, entries: entriesLeft, serverVersion: target.server.version },
    settings: `${restoreLimits} ${searchPath.calls}`,
  })
  return late
}

/** Entries of which a part is loaded, all of them, and those that have to wait. */
interface Parts {
  part: readonly ContentsEntry[]
  all: readonly ContentsEntry[]
  late: ContentsEntry[]
}

/** Of a part that takes more locks than there are, one half and then the other, where they are given back in between. */
async function loadFitting(
  context: StepContext,
  { part, all, late }: Parts,
  checks: DeferredChecks,
): Promise<ContentsEntry[]> {
  try {
    return await loadAttempting(context, part, checks, { all, late })
  } catch (error) {
    const divisible = !context.atomic && part.length > 1
    if (!(error instanceof StatementError && isLockTableFull(error)) || !divisible) throw error
    const others: ContentsEntry[] = []
    for (const half of halves(part))
      others.push(...(await loadFitting(context, { part: half, all, late }, checks)))
    return others
  }
}

/**
 * Loads rows, as often as it takes.
 * @param parts.all entries whose rows are loaded before, now and later
 * @param parts.late gets those whose rows name what is not there yet: an index, a view; without it there is no later
 * @returns the entries that pg_restore has to write out instead
 */
export async function loadAttempting(
  { session, dump, searchPath, log }: Pick<StepContext, 'session' | 'dump' | 'searchPath' | 'log'>,
  entries: readonly ContentsEntry[],
  checks: Pick<DeferredChecks, 'deferAll' | 'deferDomain'>,
  { all = entries, late }: Partial<Omit<Parts, 'part'>> = {},
): Promise<ContentsEntry[]> {
  let roots: Roots | undefined
  let allDeferred = false
  for (let attempt = 1; ; attempt += 1) {
    const now = entries.filter((entry) => !late?.includes(entry))
    const copies = await planCopies(dump, now, roots)
    const around = { before: `${searchPath.calls}\n`, after: ownSearchPath }
    const error = await loadTelling(session, copies, { dump, log, ...around })
    if (error === undefined) return copies.others
    if (attempt === attempts) throw error
    const waiting = late && entryOf(error, now)
    const { domain, constraint } = fieldsOf(error)
    if (domain) {
      if (!(await checks.deferDomain(domain))) throw error
    } else if (error.sqlState === checkViolation && constraint === undefined && roots === undefined)
      roots = wholeRoots(await partitionRoots((sql) => session.rows(sql, z.unknown())), all)
    else if (!allDeferred && isOfRows(error) && (await deferEverything(checks, error))) allDeferred = true
    else if (waiting && namesAbsent.test(error.sqlState)) late.push(waiting)
    else if (error.sqlState === checkViolation && roots)
      throw await withPartitions(error, roots, now, (entry) =>
        planCopies(dump, [entry], roots).then((alone) =>
          session.attempt([`${searchPath.calls}\n`, ...alone.commands, ownSearchPath]),
        ),
      )
    else throw error
  }
}

type Roots = ReadonlyMap<string, { schema: string; name: string }>

/** What a row names, as a regclass does, is not there. */
const namesAbsent = /^(42P01|42883|42704|3F000)/

/** Which check a function that fails was called by is not said. @returns whether there was any */
async function deferEverything(
  checks: Pick<DeferredChecks, 'deferAll' | 'deferDomain'>,
  error: StatementError,
): Promise<boolean> {
  const domains = error.sqlState !== checkViolation && (await checks.deferDomain())
  return (await checks.deferAll()) || domains
}

/** Rows that no partition takes any more, though one has them at the origin: says which, and how to do without. */
async function withPartitions(
  error: StatementError,
  roots: Roots,
  entries: readonly ContentsEntry[],
  attempt: (entry: ContentsEntry) => Promise<StatementError | undefined>,
): Promise<StatementError> {
  const failing: string[] = []
  for (const entry of entries)
    if (roots.has(`${entry.namespace}.${entry.tag}`) && (await attempt(entry))?.sqlState === checkViolation)
      failing.push(nameOf(entry))
  if (failing.length === 0) return error
  return new StatementError({
    ...error,
    message: `${error.message} These partitions hold rows at the origin that no partition of their table takes any more, most likely since a function it is divided by was changed: ${failing.join(', ')}.`,
    detail: error.detail ?? '',
    suggestion: `Nothing was changed: the whole restore is one transaction. The cause is in the backup, not at the target. Give the same command with ${failing.map(leaveOutFlag).join(' ')} to restore everything but these rows; export them with restore.sh --export.`,
  })
}

/**
 * Restores what comes after the rows. Rows that name an index or a view of it are loaded as soon as these are there, before
 * foreign keys ask for them.
 */
export async function restorePostData(context: StepContext, late: readonly ContentsEntry[]): Promise<void> {
  if (late.length === 0) return restoreStep(context, 'post-data')
  const entries = (context.runs.get('post-data') ?? []).flatMap((run) => run.entries)
  const keys = entries.filter(({ desc }) => desc === 'FK CONSTRAINT')
  const ids = new Set(keys.map(({ dumpId }) => dumpId))
  const isOfKeys = ({ dumpId, dependencies }: ContentsEntry) =>
    ids.has(dumpId) || dependencies.some((id) => ids.has(id))
  await restoreStep(context, 'post-data', (entry) => !isOfKeys(entry))
  const { commands } = await planCopies(context.dump, late)
  await context.session.feed([`${context.searchPath.calls}\n`, ...commands, ownSearchPath])
  await restoreStep(context, 'post-data', isOfKeys)
}

/** Roots of which all partitions are loaded: the others' rows are to stay. */
function wholeRoots(roots: Roots, entries: readonly ContentsEntry[]): Roots {
  const loaded = new Set(entries.map(({ namespace, tag }) => `${namespace}.${tag}`))
  const keyOf = (root: { schema: string; name: string }) => JSON.stringify([root.schema, root.name])
  const partly = new Set([...roots].filter(([name]) => !loaded.has(name)).map(([, root]) => keyOf(root)))
  return new Map([...roots].filter(([, root]) => !partly.has(keyOf(root))))
}

/** Whether an error may come of a check: a violation, or whatever a function of it fails for. */
function isOfRows({ sqlState }: StatementError): boolean {
  return /^(22|23514|42|P0|21|2F|38|39)/.test(sqlState) && sqlState !== '42501'
}

/** What psql's verbose messages say an error is about. */
function fieldsOf({ detail = '' }: StatementError) {
  const field = (name: string) => new RegExp(`^${name}: {2}(.*)$`, 'm').exec(detail)?.[1]
  const [schema, name] = [field('SCHEMA NAME'), field('DATATYPE NAME')]
  return {
    domain: schema !== undefined && name !== undefined ? { schema, name } : undefined,
    constraint: field('CONSTRAINT NAME'),
  }
}
