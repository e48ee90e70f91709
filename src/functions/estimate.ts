import { plural } from '../common/units.ts'
import type { ComponentEstimate, EstimateContext } from '../components/component.ts'
import { openOrigin } from '../project/project.ts'
import { readIndex } from './index-file.ts'
import { openFunctionsOf } from './open.ts'
import { isUnchanged } from './source.ts'

/** How many functions a backup would read, by the list alone. */
export async function estimateFunctions({
  config,
  previous,
  signal,
}: EstimateContext): Promise<ComponentEstimate> {
  const api = openFunctionsOf(openOrigin(config), { signal })
  try {
    const listed = await api.list()
    const before = previous === undefined ? [] : await readIndex(previous).catch(() => [])
    const known = new Map(before.map((source) => [source.slug, source]))
    const unchanged = listed.filter((each) => {
      const source = known.get(each.slug)
      return source !== undefined && isUnchanged(each, source)
    })
    const document = {
      functions: { toFetch: listed.length - unchanged.length, unchanged: unchanged.length },
    }
    const text = `${plural(document.functions.toFetch, 'function')} to be read, ${unchanged.length} unchanged\n`
    return { document, text }
  } finally {
    await api.close()
  }
}
