/** The members of a JSON object, each with the text of its value as it stands, so that no number is rounded. */
export type JsonMembers = ReadonlyMap<string, string>

/**
 * Takes one JSON object apart at its first level.
 * @throws SyntaxError when the text is not one JSON object, or names a member twice
 */
export function readMembers(text: string): JsonMembers {
  // The grammar is checked by the engine; what follows may then take it for granted.
  const checked: unknown = JSON.parse(text)
  if (typeof checked !== 'object' || checked === null || Array.isArray(checked))
    throw new SyntaxError('It is not a JSON object.')
  const members = new Map<string, string>()
  let at = skipSpace(text, text.indexOf('{') + 1)
  while (text[at] === '"') {
    const nameEnd = stringEnd(text, at)
    const name = String(JSON.parse(text.slice(at, nameEnd)))
    if (members.has(name)) throw new SyntaxError(`It names ${name} twice.`)
    const from = skipSpace(text, text.indexOf(':', nameEnd) + 1)
    const to = valueEnd(text, from)
    members.set(name, text.slice(from, to))
    at = skipSpace(text, to)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return members
}

/** The items of a JSON list, each as its own text. */
export function readItems(text: string): string[] {
  const items: string[] = []
  let at = skipSpace(text, 1)
  while (at < text.length && text[at] !== ']') {
    const to = valueEnd(text, at)
    items.push(text.slice(at, to))
    at = skipSpace(text, to)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return items
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (' \t\r\n'.includes(text[at] ?? 'x')) at += 1
  return at
}

/** Behind the closing quote of the string that begins here. */
function stringEnd(text: string, from: number): number {
  let at = from + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

/** Behind the value that begins here. */
function valueEnd(text: string, from: number): number {
  let depth = 0
  let at = from
  do {
    const next = text[at]
    if (next === '"') {
      at = stringEnd(text, at)
      continue
    }
    if (next === '{' || next === '[') depth += 1
    else if (next === '}' || next === ']') {
      if (depth === 0) return at
      depth -= 1
    } else if (depth === 0 && (next === ',' || ' \t\r\n'.includes(next ?? 'x'))) return at
    at += 1
    // A list or an object ends with its own bracket, a string with its quote.
    if (depth === 0 && (next === '}' || next === ']')) return at
  } while (at < text.length)
  return at
}
