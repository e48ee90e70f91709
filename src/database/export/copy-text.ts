import { type FileHandle, open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'

/** One buffer of this size serves a whole file. */
const chunkBytes = 1 << 18

/** What stands behind a backslash for one character; all else stands for itself. */
const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/**
 * Streams the rows of a data file of a dump, which is what COPY writes as text: a line a row, columns between tabs, `\N`
 * for NULL, `\.` at the end (PostgreSQL documentation, COPY, Text Format).
 * @returns the values of one row, in the order of the columns
 */
export async function* readCopyRows(path: string): AsyncGenerator<(string | null)[]> {
  const file = await open(path, 'r')
  try {
    for await (const lines of linesOf(file)) {
      for (const line of lines) {
        if (line === '\\.') return
        yield readRow(line)
      }
    }
  } finally {
    await file.close()
  }
}

/** Lines end at U+000A only; COPY escapes those within values. */
async function* linesOf(file: FileHandle): AsyncGenerator<string[]> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null)
    if (bytesRead === 0) break
    const [first = '', ...lines] = decoder.write(buffer.subarray(0, bytesRead)).split('\n')
    pieces.push(first)
    if (lines.length === 0) continue
    const rest = lines.pop() ?? ''
    yield [pieces.join(''), ...lines]
    pieces = [rest]
  }
  const last = pieces.join('')
  if (last !== '') yield [last]
}

function readRow(line: string): (string | null)[] {
  const values = line.split('\t')
  return line.includes('\\') ? values.map(readValue) : values
}

function readValue(text: string): string | null {
  if (text === '\\N') return null
  return text.replace(/\\(.)/gs, (_, character: string) => escapes[character] ?? character)
}
