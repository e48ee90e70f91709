import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Address, Arrival, Backend } from './backends.ts'
import { type EtagHasher, hashStream, hashWhole } from './etags.ts'

/** What the file itself remembers; the service answers GET from this, not from the row. */
interface Attributes {
  contentType: string
  cacheControl: string
}

const notedSchema = z.object({ contentType: z.string(), cacheControl: z.string(), etag: z.string() })

export interface StoredFile extends Attributes {
  size: number
  /** Quoted. */
  etag: string
  modified: Date
}

export interface OpenedFile extends StoredFile {
  /** A small file's bytes, or the open file of a large one: the reader closes it. */
  content: Buffer | FileHandle
}

export interface FileStore {
  /** Streams bytes into a new file; an interrupted stream leaves nothing. */
  write(
    address: Address,
    source: Readable | Buffer,
    attributes: Attributes,
    arrival: Arrival,
  ): Promise<StoredFile>
  /** Takes over the file of a resumable upload. */
  adopt(path: string, address: Address, attributes: Attributes): Promise<StoredFile>
  copy(from: Address, to: Address, attributes: Attributes): Promise<StoredFile>
  open(address: Address): Promise<OpenedFile>
  /** Removes a file and its attributes; fine if it is gone. */
  remove(address: Address): Promise<void>
  /** Where the bytes of a version lie, for tests that tamper with them. */
  path(address: Address): string
}

/** Files up to this many bytes are read whole: one system call, and the ETag needs all of them anyway. */
const smallFile = 1 << 20

/**
 * Keeps files under hashed names, so that any legal key has room beside any other; written through a temporary
 * file and renamed. A JSON sibling stands in for the extended attributes of the service's file backend.
 */
export async function openFileStore(directory: string, backend: Backend): Promise<FileStore> {
  const incoming = join(directory, 'incoming')
  await mkdir(incoming, { recursive: true })

  const path = (address: Address) => join(directory, 'objects', placeOf(address))

  async function keep(temporary: string, address: Address, attributes: Attributes, etag: string) {
    const target = path(address)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.json`, JSON.stringify({ ...attributes, etag }))
    await rename(temporary, target)
    const { size, mtime } = await stat(target)
    return { ...attributes, size, etag, modified: mtime }
  }

  const lost = (error: NodeJS.ErrnoException): never => {
    throw error.code === 'ENOENT' ? backend.bytesGone() : error
  }

  return {
    path,
    async write(address, source, attributes, arrival) {
      backend.requireStorable(address)
      const temporary = join(incoming, randomUUID())
      const hasher = backend.hasher(arrival)
      try {
        await receive(source, hasher, temporary)
        return await keep(temporary, address, attributes, hasher.digest())
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    async adopt(source, address, attributes) {
      backend.requireStorable(address)
      const etag = await hashStream(createReadStream(source), backend.hasher('resumable'))
      return keep(source, address, attributes, etag)
    },
    async copy(from, to, attributes) {
      backend.requireStorable(to)
      const temporary = join(incoming, randomUUID())
      await copyFile(path(from), temporary).catch(lost)
      return keep(temporary, to, attributes, await hashStream(createReadStream(temporary), hashWhole()))
    },
    async open(address) {
      const target = path(address)
      const handle = await open(target, 'r').catch(lost)
      try {
        const { etag, ...attributes } = await noted(target)
        return await readOpened(handle, { ...attributes, etag: backend.notesEtags ? etag : undefined })
      } catch (error) {
        await handle.close()
        throw error
      }
    },
    async remove(address) {
      for (const file of [path(address), `${path(address)}.json`]) await rm(file, { force: true })
    },
  }
}

async function receive(source: Readable | Buffer, hasher: EtagHasher, path: string): Promise<void> {
  const stream = Buffer.isBuffer(source) ? Readable.from([source]) : source
  stream.on('data', (chunk: Buffer) => hasher.update(chunk))
  await pipeline(stream, createWriteStream(path))
}

/** @param attributes those noted beside the file; without an ETag that is computed */
async function readOpened(
  handle: FileHandle,
  attributes: Attributes & { etag: string | undefined },
): Promise<OpenedFile> {
  const { size, mtime } = await handle.stat()
  const content = size > smallFile ? handle : await handle.readFile()
  const etag = attributes.etag ?? (await hashContent(content))
  if (content !== handle) await handle.close()
  return { ...attributes, etag, content, size, modified: mtime }
}

/** By a hash, for any legal key. */
function placeOf({ bucket, key, version }: Address): string {
  const name = createHash('sha256')
    .update(JSON.stringify([bucket, key, version]))
    .digest('hex')
  return join(name.slice(0, 2), name)
}

/** The attributes beside a file. */
async function noted(target: string): Promise<Attributes & { etag?: string }> {
  try {
    return notedSchema.parse(JSON.parse(await readFile(`${target}.json`, 'utf8')))
  } catch {
    return { contentType: 'application/octet-stream', cacheControl: 'no-cache' }
  }
}

function hashContent(content: Buffer | FileHandle): Promise<string> | string {
  const hasher = hashWhole()
  if (!Buffer.isBuffer(content))
    return hashStream(content.createReadStream({ start: 0, autoClose: false }), hasher)
  hasher.update(content)
  return hasher.digest()
}
