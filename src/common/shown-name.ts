/** Characters of a name that a line for people has room for. */
const longest = 120

/**
 * A name as a line for people shows it: control characters as their escapes, and a long one, such as a Storage key of a
 * thousand levels, by its two ends.
 */
export function shownName(name: string): string {
  const line = name.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
  const characters = [...line]
  if (characters.length <= longest) return line
  const end = longest / 3
  return `${characters.slice(0, longest - end - 1).join('')}…${characters.slice(-end).join('')}`
}
