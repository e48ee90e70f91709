import { type FileHandle, open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { openPlainFile } from './files.ts'
import { jsonText } from './json-text.ts'
import { aboutFile } from './system-errors.ts'

/** One buffer of this size serves a whole file: garbage outside the heap is collected late and piles up. */
const chunkBytes = 1 << 16

async function* serialize(rows: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield jsonText(row)
}

/** Streams rows to a file, one JSON value a line, and syncs it. */
export async function writeJsonl(
  path: string,
  rows: AsyncIterable<unknown> | Iterable<unknown>,
): Promise<void> {
  await writeLines(path, serialize(rows))
}

/** As `writeJsonl`, for rows that are JSON texts without line breaks already. */
export async function writeLines(
  path: string,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    let filled = 0
    for await (const line of lines) {
      // A UTF-16 unit takes three bytes of UTF-8 at most.
      const most = line.length * 3 + 1
      if (filled + most > chunkBytes) {
        await file.writeFile(buffer.subarray(0, filled))
        filled = 0
      }
      if (most > chunkBytes) await file.writeFile(`${line}\n`)
      else {
        filled += buffer.write(line, filled)
        filled += buffer.write('\n', filled)
      }
    }
    await file.writeFile(buffer.subarray(0, filled))
    await file.sync()
  } catch (error) {
    throw aboutFile(path, error)
  } finally {
    await file.close()
  }
}

async function* chunksOf(file: FileHandle): AsyncGenerator<string> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const decoder = new StringDecoder('utf8')
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null)
    if (bytesRead === 0) break
    yield decoder.write(buffer.subarray(0, bytesRead))
  }
  yield decoder.end()
}

/**
 * Streams the rows of a JSONL file through `parse` (a zod schema's), which throws on a line that is not one.
 * Lines end at U+000A only: `node:readline` would also break at U+2028, which JSON leaves unescaped.
 */
export async function* readJsonl<Row>(path: string, parse: (value: unknown) => Row): AsyncGenerator<Row> {
  const file = await openPlainFile(path)
  try {
    let rest = ''
    for await (const chunk of chunksOf(file)) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield parse(JSON.parse(line))
    }
    if (rest !== '') yield parse(JSON.parse(rest))
  } finally {
    await file.close()
  }
}
