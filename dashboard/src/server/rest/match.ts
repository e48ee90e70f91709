import { methodNotAllowed, noSuchPath } from './problems.ts'
import type { Route } from './route.ts'

/** Finds routes by method and path. */
export function matcher(routes: readonly Route[]) {
  const compiled = routes.map((route) => ({ route, segments: route.path.slice(1).split('/') }))
  return {
    /** @throws Problem NOT_FOUND, METHOD_NOT_ALLOWED */
    find(method: string, path: string): { route: Route; params: Record<string, string> } {
      const given = path.slice(1).split('/').map(decoded)
      const found = compiled.flatMap(({ route, segments }) => {
        const params = paramsOf(segments, given)
        return params === undefined ? [] : [{ route, params, fixed: Object.keys(params).length }]
      })
      if (found.length === 0) throw noSuchPath
      const wanted = method === 'HEAD' ? 'GET' : method
      // A word that stands in a path goes before a name that may be anything.
      const [match] = found.filter(({ route }) => route.method === wanted).sort((a, b) => a.fixed - b.fixed)
      if (match === undefined) throw methodNotAllowed
      return match
    },
    /** Methods of a path, for the header Allow. */
    methods(path: string): string[] {
      const given = path.slice(1).split('/').map(decoded)
      return compiled.filter(({ segments }) => paramsOf(segments, given)).map(({ route }) => route.method)
    },
  }
}

function paramsOf(
  segments: readonly string[],
  given: readonly (string | undefined)[],
): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined
  const params: [string, string][] = []
  for (const [index, segment] of segments.entries()) {
    const value = given[index]
    if (value === undefined || value === '') return undefined
    const name = /^\{(\w+)\}$/.exec(segment)?.[1]
    if (name !== undefined) params.push([name, value])
    else if (segment !== value) return undefined
  }
  return Object.fromEntries(params)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
