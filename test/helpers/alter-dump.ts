import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A string as a directory dump's table of contents has it: a sign, four bytes of its length, its bytes. */
function encoded(text: string): Buffer {
  const bytes = Buffer.from(text)
  const head = Buffer.alloc(5)
  head.writeUInt32LE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** Alters one string of a dump's table of contents, as somebody might who hands out a backup. @throws unless it is there */
export async function alterContents(dump: string, from: string, to: string): Promise<void> {
  const path = join(dump, 'toc.dat')
  const bytes = await readFile(path)
  const [old, changed] = [encoded(from), encoded(to)]
  const at = bytes.indexOf(old)
  if (at === -1) throw new Error(`the table of contents has no such string: ${from.slice(0, 100)}`)
  await writeFile(path, Buffer.concat([bytes.subarray(0, at), changed, bytes.subarray(at + old.length)]))
}
