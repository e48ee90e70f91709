import { z } from 'zod'
import { StatementError } from '../connect/psql.ts'
import { ownSearchPath } from '../connect/search-path.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { partitionRoots } from '../verify/partition-roots.ts'
import type { DeferredChecks } from './deferred-checks.ts'
import { planCopies } from './load-rows.ts'
import { halves, isLockTableFull } from './resilient.ts'
import { restoreSection } from './sections.ts'
import { restoreLimits, type StepContext } from './step.ts'

/** One more each time: a domain by itself, all checks of tables, partitions through their roots. */
const attempts = 50

const checkViolation = '23514'

/**
 * Loads the rows of all tables. Where they contradict a check, which PostgreSQL allows to come about (a check that asks
 * the time, or a function that was changed), checks are put aside and the rows loaded once more; where they do not fit
 * their partition, as when that is told by the identifiers of an enum's values, they go through the root.
 * @param checks that are put aside already
 */
export async function restoreData(context: StepContext, checks: DeferredChecks): Promise<void> {
  const { searchPath, leftOut, atomic, target } = context
  const runs = (context.runs.get('data') ?? []).map((run) =>
    run.entries.filter((entry) => !leftOut.has(entry)),
  )
  const all = runs.flat()
  const entriesLeft: ContentsEntry[] = []
  for (const part of atomic ? [all] : runs)
    entriesLeft.push(...(await loadFitting(context, { part, all }, checks)))
  await restoreSection({
    ...context,
    ...{ attempt: false, entries: entriesLeft, serverVersion: target.server.version },
    settings: `${restoreLimits} ${searchPath.calls}`,
  })
}

/** Of a part that takes more locks than there are, one half and then the other, where they are given back in between. */
async function loadFitting(
  context: StepContext,
  { part, all }: { part: readonly ContentsEntry[]; all: readonly ContentsEntry[] },
  checks: DeferredChecks,
): Promise<ContentsEntry[]> {
  try {
    return await loadAttempting(context, part, checks, all)
  } catch (error) {
    const divisible = !context.atomic && part.length > 1
    if (!(error instanceof StatementError && isLockTableFull(error)) || !divisible) throw error
    const others: ContentsEntry[] = []
    for (const half of halves(part)) others.push(...(await loadFitting(context, { part: half, all }, checks)))
    return others
  }
}

/**
 * Loads rows, as often as it takes.
 * @param all entries whose rows are loaded before, now and later
 * @returns the entries that pg_restore has to write out instead
 */
export async function loadAttempting(
  { session, dump, searchPath }: Pick<StepContext, 'session' | 'dump' | 'searchPath'>,
  entries: readonly ContentsEntry[],
  checks: Pick<DeferredChecks, 'deferAll' | 'deferDomain'>,
  all: readonly ContentsEntry[] = entries,
): Promise<ContentsEntry[]> {
  let roots: ReadonlyMap<string, { schema: string; name: string }> | undefined
  let allDeferred = false
  for (let attempt = 1; ; attempt += 1) {
    const { commands, others } = await planCopies(dump, entries, roots)
    const error = await session.attempt([`${searchPath.calls}\n`, ...commands, ownSearchPath])
    if (error === undefined) return others
    if (attempt === attempts) throw error
    const { domain, constraint } = fieldsOf(error)
    if (domain) {
      if (!(await checks.deferDomain(domain))) throw error
    } else if (error.sqlState === checkViolation && constraint === undefined && roots === undefined)
      roots = wholeRoots(await partitionRoots((sql) => session.rows(sql, z.unknown())), all)
    else if (!allDeferred && isOfRows(error)) {
      allDeferred = true
      // Which check a function that fails was called by is not said.
      const domains = error.sqlState !== checkViolation && (await checks.deferDomain())
      if (!(await checks.deferAll()) && !domains) throw error
    } else throw error
  }
}

/** Roots of which all partitions are loaded: the others' rows are to stay. */
function wholeRoots(
  roots: ReadonlyMap<string, { schema: string; name: string }>,
  entries: readonly ContentsEntry[],
): ReadonlyMap<string, { schema: string; name: string }> {
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
