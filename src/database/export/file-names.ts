import { createHash } from 'node:crypto'

/** File systems allow 255 bytes a name; the ending has to fit behind it. */
const nameBytes = 240

/**
 * The file of a table, without its ending: `<schema>.<table>`, where whatever is not plain in a file name, and a dot within
 * a name, is written `%XX` for each byte; a name too long for a file is cut and told apart by its hash.
 */
export function tableFileName(schema: string, table: string): string {
  const name = `${escapeName(schema)}.${escapeName(table)}`
  if (name.length <= nameBytes) return name
  const hash = createHash('sha256')
    .update(JSON.stringify([schema, table]))
    .digest('hex')
    .slice(0, 16)
  return `${name.slice(0, nameBytes - hash.length - 1)}%${hash}`
}

function escapeName(name: string): string {
  return [...Buffer.from(name, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return /[A-Za-z0-9_ -]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}
