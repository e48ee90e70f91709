import type { Change } from './changes.ts'

export const marks = { added: '+', removed: '-', changed: '~' } as const

/** One heading's lines, with an empty one behind them. */
export function section(title: string, lines: readonly string[]): string[] {
  return [title, ...(lines.length === 0 ? ['  no change'] : lines.map((line) => `  ${line}`)), '']
}

/** Of what nothing can be said, as one of the two backups could not read it. */
export function notComparedLine(names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`not compared, as one of the two could not read it: ${names.join(', ')}`]
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
