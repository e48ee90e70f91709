import pLimit from 'p-limit'
import type { ComponentDifference, RestoreContext } from '../components/component.ts'
import type { FunctionsApi } from './api.ts'
import { compareFunction, compareInFolder, oneSided } from './difference.ts'
import { NoSources } from './errors.ts'
import { routerSlug } from './folder-files.ts'
import { type FunctionSource, readIndex, readUnread } from './index-file.ts'
import type { ListedFunction } from './listed.ts'
import { UntrustedPath } from './paths.ts'
import { describe, isUnchanged, readFunction } from './source.ts'

/** Functions read at the same time, each held in memory as a whole meanwhile. */
const atOnce = 4

/** What the target's functions are, beside the backup's. */
export interface Comparison {
  /** Those of the backup that the target does not have, or has in another way. */
  different: { source: FunctionSource; differences: ComponentDifference[] }[]
  equal: FunctionSource[]
  /** Those of the backup that the target cannot have beside the others: why, in a clause, by slug. */
  refused: ReadonlyMap<string, string>
  /** Slugs of those that only the target has, and the backup's project had not. */
  extra: string[]
  /** Slugs of those that it has and the backup's project had, but the backup could not read: they stay. */
  unread: string[]
}

/**
 * Compares the target's functions with the backup's.
 * @param options.anew whether the sources of each are read; else one that the platform counts as the same deployment is equal
 */
export async function compareWithTarget(options: {
  api: FunctionsApi
  context: Pick<RestoreContext, 'generation' | 'signal' | 'log'>
  anew: boolean
}): Promise<Comparison> {
  const { api, context, anew } = options
  // What starts the functions of a self-hosted stack is nothing to a hosted project, and is never taken away from a stack.
  const all = (await readIndex(context.generation)).filter(
    ({ listed }) => api.sharesFiles || listed['router'] !== true,
  )
  const { refused, claims } = (await api.plan?.(all)) ?? { refused: new Map(), claims: new Map() }
  const sources = all.filter(({ slug }) => !refused.has(slug))
  const listed = (await api.list()).filter(({ status }) => status !== 'REMOVED')
  const bySlug = new Map(listed.map((each) => [each.slug, each]))
  const compare = (source: FunctionSource, actual: FunctionSource) =>
    api.sharesFiles ? compareInFolder(source, actual, claims) : compareFunction(source, actual)
  const limit = pLimit(atOnce)
  const compared = await limit.map(sources, async (source) => {
    context.signal.throwIfAborted()
    const there = bySlug.get(source.slug)
    if (there === undefined) return { source, differences: [oneSided(source.slug, 'backup')] }
    const actual = anew || !isUnchanged(there, source) ? await read(api, there) : describe(there, source)
    const differences = actual === undefined ? [unreadable(source.slug)] : compare(source, actual)
    return { source, differences }
  })
  const known = new Set(all.map(({ slug }) => slug))
  // A file that a function of the backup needs of another's folder may be what that one begins with.
  const isNeeded = (slug: string) => [...claims.keys()].some((path) => path.startsWith(`${slug}/index.`))
  const unread = new Set(await readUnread(context.generation))
  return {
    different: compared.filter(({ differences }) => differences.length > 0),
    equal: compared.filter(({ differences }) => differences.length === 0).map(({ source }) => source),
    extra: listed
      .map(({ slug }) => slug)
      .filter((slug) => !known.has(slug) && !unread.has(slug) && !isNeeded(slug))
      .filter((slug) => !(api.sharesFiles && slug === routerSlug)),
    refused,
    unread: listed.map(({ slug }) => slug).filter((slug) => !known.has(slug) && unread.has(slug)),
  }
}

/** Undefined where the target has something that cannot be read as sources. */
async function read(api: FunctionsApi, listed: ListedFunction): Promise<FunctionSource | undefined> {
  try {
    return (await readFunction(api, listed)).source
  } catch (error) {
    if (error instanceof UntrustedPath || error instanceof NoSources) return undefined
    throw error
  }
}

function unreadable(slug: string): ComponentDifference {
  return { ...oneSided(slug, 'backup'), kind: 'function-unreadable', actual: 'sources that cannot be read' }
}

/** Whether functions that only the target has stay. */
export function keepsExtra({ flags }: Pick<RestoreContext, 'flags'>): boolean {
  return flags['keep-extra'] === true
}
