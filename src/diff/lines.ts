import type { Change } from './changes.ts'

export const marks = { added: '+', removed: '-', changed: '~' } as const

/** One heading's lines, with an empty one behind them. */
export function section(title: string, lines: readonly string[]): string[] {
  return [title, ...(lines.length === 0 ? ['  no change'] : lines.map((line) => `  ${line}`)), '']
}

/** A name in one line, whatever it is made of. */
export function oneLine(name: string): string {
  return /[\p{Cc}]/u.test(name) ? JSON.stringify(name) : name
}

/** One change, with the lines in which a changed thing differs. */
export function changeLines({ change, kind, name, diff }: Change): string[] {
  const lines =
    diff === undefined ? [] : diff.split('\n').filter((line) => !line.startsWith('@@') || line === '')
  return [`${marks[change]} ${kind} ${oneLine(name)}`, ...lines.map((line) => `      ${line}`)]
}
