import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentsEntry } from './contents.ts'
import type { PsqlSession } from './psql.ts'

/** Bytes written by one statement; it travels as base64. */
const pieceBytes = 384 * 1024

interface LargeObjectFile {
  oid: number
  path: string
}

/** The large objects of a dump: each contents entry names a list with lines `<oid> <file>`. */
async function* listFiles(dump: string, entries: readonly ContentsEntry[]): AsyncGenerator<LargeObjectFile> {
  for (const { file } of entries) {
    if (file === undefined) continue
    const lines = (await readFile(join(dump, file), 'utf8')).split('\n').filter((line) => line !== '')
    for (const line of lines) {
      const space = line.indexOf(' ')
      yield { oid: Number(line.slice(0, space)), path: join(dump, line.slice(space + 1)) }
    }
  }
}

async function* statements(files: AsyncIterable<LargeObjectFile>): AsyncGenerator<string> {
  for await (const { oid, path } of files) {
    let offset = 0
    for await (const chunk of createReadStream(path, { highWaterMark: pieceBytes })) {
      const piece: Buffer = chunk
      yield `SELECT pg_catalog.lo_put(${oid}, ${offset}, pg_catalog.decode('${piece.toString('base64')}', 'base64'));\n`
      offset += piece.length
    }
  }
}

/**
 * Writes the contents of large objects that exist already, inside the session's transaction. pg_restore would wrap
 * them in a transaction of its own, whose COMMIT would end ours half-way.
 * @param entries the dump's `BLOBS` entries
 */
export async function restoreLargeObjects(
  session: PsqlSession,
  dump: string,
  entries: readonly ContentsEntry[],
): Promise<void> {
  if (entries.length > 0) await session.feed(statements(listFiles(dump, entries)))
}
