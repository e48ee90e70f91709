import pLimit from 'p-limit'
import { BackupError } from '../common/errors.ts'
import type { RestoreContext } from '../components/component.ts'
import type { FunctionsApi } from './api.ts'
import { NotDeployable } from './errors.ts'
import type { FunctionSource } from './index-file.ts'
import { readSources } from './source.ts'

/** Functions sent at the same time, each held in memory as a whole meanwhile. */
const atOnce = 4

/** After so many in a row at which the API failed, whose list it still gives, no other is tried. */
const failuresInARow = 8

/**
 * Deploys functions: one by itself; several are bundled first, and appear together. What fails with one takes no other along.
 * @returns why some were not taken, in a clause, by slug
 * @throws BackupError what speaks against all: the token, the plan, an API that does not serve
 */
export async function deployAll(
  api: FunctionsApi,
  { generation, signal }: Pick<RestoreContext, 'generation' | 'signal'>,
  sources: readonly FunctionSource[],
): Promise<Map<string, string>> {
  const { refused, attempt } = refusalsOf(api, signal)
  const isSingle = sources.length === 1
  const limit = pLimit(atOnce)
  const sent = await limit.map(sources, (source) =>
    attempt(source.slug, async () =>
      api.deploy(source, await readSources(generation, source), !isSingle),
    ).catch((error: unknown) => {
      // The others that wait for their turn are not begun.
      limit.clearQueue()
      throw error
    }),
  )
  const bundles = sent.filter((bundle) => bundle !== undefined)
  if (!isSingle && bundles.length > 0) await api.publish(bundles)
  return refused
}

/** Removes functions, one after the other. @returns why some stayed, in a clause, by slug @throws BackupError as `deployAll` */
export async function removeAll(
  api: FunctionsApi,
  { signal }: Pick<RestoreContext, 'signal'>,
  slugs: readonly string[],
): Promise<Map<string, string>> {
  const { refused, attempt } = refusalsOf(api, signal)
  for (const slug of slugs) await attempt(slug, () => api.remove(slug))
  return refused
}

/** Notes what speaks against one function alone. */
function refusalsOf(api: FunctionsApi, signal: AbortSignal) {
  const refused = new Map<string, string>()
  let unserved = 0
  const attempt = async <Result>(slug: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    signal.throwIfAborted()
    try {
      const result = await work()
      unserved = 0
      return result
    } catch (error) {
      signal.throwIfAborted()
      unserved = isUnserved(error) ? unserved + 1 : 0
      if (unserved >= failuresInARow) throw error
      if (unserved > 0) await api.list()
      refused.set(slug, refusalOf(error))
      return undefined
    }
  }
  return { refused, attempt }
}

/** Whether the API gave up on a function, however often it was asked: the platform's bundler may fail at just this one. */
function isUnserved(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === 'API_UNREACHABLE'
}

/** What speaks against one function. @throws what speaks against all */
function refusalOf(error: unknown): string {
  if (error instanceof NotDeployable) return error.message
  const isOfOne = isUnserved(error) || (error instanceof BackupError && error.code === 'API_REFUSED')
  if (!isOfOne) throw error
  return error.detail ?? error.message
}
