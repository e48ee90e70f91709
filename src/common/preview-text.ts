/** Before the name of what will be created, changed or dropped. */
export const changeSigns = { create: '+', change: '~', drop: '-' } as const

/** A line as a terminal may have it: names may hold line breaks and other control characters. */
export function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

/** A heading with what is below it; nothing where there is nothing. */
export function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${heading}`, ...lines.map((line) => `    ${line}`)]
}

/** A number of things; a dash for what there is not. */
export function count(value: number | null): string {
  return value === null ? '—' : value.toLocaleString('en-US')
}
