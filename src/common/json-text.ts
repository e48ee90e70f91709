import { isDeepStrictEqual } from 'node:util'

/**
 * A JSON value as text. Whoever may write metadata may nest them as deep as PostgreSQL takes them, some thousand levels, and
 * `JSON.stringify` gives up before that: it calls itself for each.
 */
export function jsonText(value: unknown): string {
  return unlessTooDeep(() => JSON.stringify(value)) ?? textOf(value, Object.keys)
}

/** A JSON value as text that is the same for every order of the keys in its objects. */
export function canonicalText(value: unknown): string {
  return textOf(value, (object) => Object.keys(object).sort())
}

/** Whether two JSON values say the same, however deep they are. */
export function sameValue(one: unknown, other: unknown): boolean {
  return unlessTooDeep(() => isDeepStrictEqual(one, other)) ?? canonicalText(one) === canonicalText(other)
}

/** Undefined where the work needs more levels of calls than there are. */
function unlessTooDeep<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function textOf(whole: unknown, keysOf: (object: object) => string[]): string {
  const pieces: string[] = []
  // What is still to be written, the next one last: values, and the text that stands between them.
  const rest: (string | { value: unknown })[] = [{ value: whole }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'string') pieces.push(next)
    else if (typeof next.value !== 'object' || next.value === null)
      pieces.push(JSON.stringify(next.value) ?? 'null')
    else rest.push(...within(next.value, keysOf).reverse())
  }
  return pieces.join('')
}

/** An array or object one level deep: its brackets, and what stands between them. */
function within(value: object, keysOf: (object: object) => string[]): (string | { value: unknown })[] {
  const isArray = Array.isArray(value)
  const members = (isArray ? [...value.keys()].map(String) : keysOf(value))
    .map((key) => ({ key, value: Reflect.get(value, key) }))
    .filter((member) => isArray || member.value !== undefined)
  return [
    isArray ? '[' : '{',
    ...members.flatMap((member, index) => [
      ...(index > 0 ? [','] : []),
      ...(isArray ? [] : [`${JSON.stringify(member.key)}:`]),
      { value: member.value },
    ]),
    isArray ? ']' : '}',
  ]
}

/** Whether a JSON text nests arrays and objects in more levels than so many. */
export function isNestedDeeper(text: string, levels: number): boolean {
  let level = 0
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (mark === '[' || mark === '{') level += 1
    else if (mark === ']' || mark === '}') level -= 1
    if (level > levels) return true
  }
  return false
}
