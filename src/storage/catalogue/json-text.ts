import { jsonText } from '../../common/json-text.ts'

/**
 * SQL for whether a jsonb value has a number that a JavaScript number would change: one of more than fifteen digits, or one
 * with zeros at its end, which Postgres keeps. A string that looks so is no harm.
 */
export function isExact(value: string): string {
  // Nearly all objects have nothing there, and an empty one is known without its text.
  return `((${value}) <> '{}' and (${value})::text ~ '[0-9.]{16}|[.][0-9]*0([^0-9]|$)')`
}

/** The members of a JSON object, each value as the text it stands there as. */
export function membersOf(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let depth = 0
  let name: string | undefined
  let from = 0
  const end = (at: number) => {
    if (name !== undefined) members.set(name, text.slice(from, at).trim())
    name = undefined
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') {
      const begin = at
      for (at += 1; at < text.length && text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1
      const colon = /^\s*:/.exec(text.slice(at + 1, at + 20))
      if (depth === 1 && name === undefined && colon) {
        name = JSON.parse(text.slice(begin, at + 1))
        at += colon[0].length
        from = at + 1
      }
    } else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') {
      depth -= 1
      if (depth === 0) end(at)
    } else if (character === ',' && depth === 1) end(at)
  }
  return members
}

/** An object as JSON, with some members given as JSON text. */
export function jsonWith(value: object, texts: Record<string, string | undefined>): string {
  const members = Object.entries(value)
    .filter(([name, member]) => texts[name] === undefined && member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`)
  for (const [name, text] of Object.entries(texts))
    if (text !== undefined) members.push(`${JSON.stringify(name)}:${text}`)
  return `{${members.join(',')}}`
}

/** Whether JSON text has a number that a JavaScript number would change. */
export function isRounded(text: string): boolean {
  const numbers = text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g) ?? []
  return numbers.some((number) => {
    const digits = number.replace(/^-?0*\.?0*|\./g, '').replace(/0+$/, '')
    return digits.length > 15 && String(Number(number)) !== number.replace(/(\.\d*?)0+$/, '$1')
  })
}
