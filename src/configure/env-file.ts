import type { Values } from '../config/sources.ts'

/**
 * An env file's text with some variables set: each in its own line, where a comment shows its name, or at the end.
 * Everything else stays as it is, comments too. An empty value comments its line out.
 */
export function setVariables(text: string, values: Values): string {
  return Object.entries(values).reduce(setVariable, text)
}

function setVariable(text: string, [name, value]: [string, string]): string {
  const line = value === '' ? `#${name}=` : `${name}=${quote(value)}`
  const places = [new RegExp(`^${name}=.*$`, 'm'), new RegExp(`^#${name}=.*$`, 'm')]
  const place = places.find((pattern) => pattern.test(text))
  if (place) return text.replace(place, () => line)
  if (value === '') return text
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/**
 * A value as dotenv reads it back: bare where nothing in it means anything, else in the first kind of quotes that it does
 * not contain.
 * @throws RangeError when it contains all three kinds, or more than a line
 */
function quote(value: string): string {
  if (/^[\w./:@%+,=~-]+$/.test(value)) return value
  // Between double quotes \n would become a new line.
  const mark = ["'", '`', ...(value.includes('\\') ? [] : ['"'])].find(
    (candidate) => !value.includes(candidate),
  )
  if (mark === undefined || /[\r\n]/.test(value)) throw new RangeError('An env file cannot hold this value.')
  return `${mark}${value}${mark}`
}
