/**
 * A glob over `bucket/key` as a regular expression: `*` and `?` stay within a segment, `**` crosses them, a backslash
 * takes the next character literally. A pattern that ends in `/` means everything below, one without a slash a whole
 * bucket.
 */
export function globToRegExp(pattern: string): RegExp {
  const whole = pattern.endsWith('/') ? `${pattern}**` : pattern.includes('/') ? pattern : `${pattern}/**`
  let source = ''
  for (let index = 0; index < whole.length; index += 1) {
    const character = whole.charAt(index)
    if (character === '\\' && index + 1 < whole.length) {
      index += 1
      source += literal(whole.charAt(index))
    } else if (character === '*' && whole.charAt(index + 1) === '*') {
      index += 1
      source += '.*'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else source += literal(character)
  }
  return new RegExp(`^${source}$`, 's')
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&')
}
