/** One thing that is not on the target as the backup has it. */
export interface Difference {
  /** `table`, `sequence`, `schema`, `role`, ... */
  kind: string
  name: string
  /** As the backup has it; null where it has none. */
  expected: string | null
  /** As the target has it; null where it has none. */
  actual: string | null
}

const shownCharacters = 400

/** The lines of two texts from the first that differs, shortened. */
function difference(kind: string, name: string, expected: string, actual: string): Difference {
  const left = expected.split('\n')
  const right = actual.split('\n')
  const at = left.findIndex((line, index) => line !== right[index])
  const from = at === -1 ? left.length : at
  const shown = (lines: string[]) => lines.slice(from).join('\n').slice(0, shownCharacters)
  return { kind, name, expected: shown(left), actual: shown(right) }
}

/** Compares two lists of things that have a name and a description. Names may repeat, as overloaded functions' may. */
export function compareByName(
  kind: string,
  expected: Iterable<readonly [name: string, text: string]>,
  actual: Iterable<readonly [name: string, text: string]>,
): Difference[] {
  const group = (pairs: Iterable<readonly [string, string]>) => {
    const groups = new Map<string, string[]>()
    for (const [name, text] of pairs) groups.set(name, [...(groups.get(name) ?? []), text])
    return groups
  }
  const left = group(expected)
  const right = group(actual)
  const differences: Difference[] = []
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [wanted, found] = [left.get(name) ?? [], right.get(name) ?? []]
    const [missing, surplus] = [without(wanted, found), without(found, wanted)]
    for (let index = 0; index < Math.max(missing.length, surplus.length); index += 1) {
      const [one, other] = [missing[index], surplus[index]]
      if (one !== undefined && other !== undefined) differences.push(difference(kind, name, one, other))
      else
        differences.push({
          ...{ kind, name },
          expected: one?.slice(0, shownCharacters) ?? null,
          actual: other?.slice(0, shownCharacters) ?? null,
        })
    }
  }
  return differences
}

/** The members of a list that have no equal in the other, each used once. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = [...other]
  return list.filter((text) => {
    const at = left.indexOf(text)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}
