import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const chunkBytes = 1 << 18

async function* chunksOf(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < chunkBytes) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

async function* serialize(rows: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<string> {
  for await (const row of rows) yield JSON.stringify(row)
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
  await pipeline(
    Readable.from(chunksOf(lines), { objectMode: false }),
    createWriteStream(path, { mode: 0o600 }),
  )
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Streams the rows of a JSONL file through `parse` (a zod schema's), which throws on a line that is not one.
 * Lines end at U+000A only: `node:readline` would also break at U+2028, which JSON leaves unescaped.
 */
export async function* readJsonl<Row>(path: string, parse: (value: unknown) => Row): AsyncGenerator<Row> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: chunkBytes })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield parse(JSON.parse(line))
  }
  if (rest !== '') yield parse(JSON.parse(rest))
}
