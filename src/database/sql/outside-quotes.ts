const space = /\s/
const wordStart = /[A-Za-z_\u0080-\uffff]/
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const dollars = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
/** Between two parts of one literal. */
const continued = /[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:\s|--[^\n\r]*[\n\r])*'/y

/**
 * Whether psql would take a part of these statements for a command of its own: a backslash that stands in no literal, quoted
 * name or comment. Text that ends within one of these counts as well, for what follows would be read otherwise than meant.
 */
export function hasPsqlCommand(sql: string): boolean {
  let at = 0
  while (at < sql.length) {
    if (sql[at] === '\\') return true
    const next = endOfToken(sql, at)
    if (next === -1) return true
    at = next
  }
  return false
}

/** Where what begins there ends; -1 where it does not. */
export function endOfToken(sql: string, at: number): number {
  const character = sql[at] ?? ''
  if (space.test(character)) return at + 1
  if ((character === 'e' || character === 'E') && sql[at + 1] === "'") return endOfEscaped(sql, at + 2)
  if (wordStart.test(character)) return endOf(word, sql, at)
  if (character === "'" || character === '"') return endOfQuoted(sql, at + 1, character)
  if (character === '$') return endOfDollars(sql, at)
  const pair = sql.slice(at, at + 2)
  if (pair === '--') return endOfLine(sql, at)
  return pair === '/*' ? endOfComment(sql, at) : at + 1
}

/** @returns -1 where the pattern does not fit there */
function endOf(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(sql) ? pattern.lastIndex : -1
}

function endOfLine(sql: string, at: number): number {
  let end = at
  while (end < sql.length && sql[end] !== '\n' && sql[end] !== '\r') end += 1
  return end
}

/** @param quote doubled it stands for itself */
function endOfQuoted(sql: string, start: number, quote: string): number {
  let at = start
  for (;;) {
    const end = sql.indexOf(quote, at)
    if (end === -1) return -1
    if (sql[end + 1] !== quote) return end + 1
    at = end + 2
  }
}

/** Of a literal in which a backslash makes the next character stand for itself, with all its parts. */
function endOfEscaped(sql: string, start: number): number {
  for (let at = start; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1
    else if (sql[at] === "'" && sql[at + 1] === "'") at += 1
    else if (sql[at] === "'") {
      const more = endOf(continued, sql, at + 1)
      if (more === -1) return at + 1
      at = more - 1
    }
  }
  return -1
}

function endOfDollars(sql: string, at: number): number {
  const begun = endOf(dollars, sql, at)
  if (begun === -1) return at + 1
  const end = sql.indexOf(sql.slice(at, begun), begun)
  return end === -1 ? -1 : end + begun - at
}

/** Comments of this kind may stand in one another. */
function endOfComment(sql: string, start: number): number {
  let depth = 0
  for (let at = start; at < sql.length; at += 1) {
    const pair = sql.slice(at, at + 2)
    if (pair !== '/*' && pair !== '*/') continue
    depth += pair === '/*' ? 1 : -1
    at += 1
    if (depth === 0) return at + 1
  }
  return -1
}
