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
import { errors } from './errors.ts'

/** One version of one object: what a stored file is found by. */
export interface Address {
  bucket: string
  key: string
  version: string
}

const attributesSchema = z.object({ contentType: z.string(), cacheControl: z.string() })

/** What the file itself remembers; the service answers GET from this, not from the row. */
export type Attributes = z.infer<typeof attributesSchema>

export interface StoredFile extends Attributes {
  size: number
  /** MD5 of the bytes, quoted, as the file backend's ETag. */
  etag: string
  modified: Date
}

export interface OpenedFile extends StoredFile {
  /** A small file's bytes, or the open file of a large one: the reader closes it. */
  content: Buffer | FileHandle
}

export interface FileStore {
  /** Streams bytes into a new file; an interrupted stream leaves nothing. */
  write(address: Address, source: Readable | Buffer, attributes: Attributes): Promise<StoredFile>
  /** Takes over a file that is complete already. */
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

/** The file system of the recorded service: `<store>/<tenant>/<bucket>/<key>/<version>`. */
function requireStorable({ bucket, key, version }: Address): void {
  const segments = [bucket, ...key.split('/')]
  if (segments.some((segment) => segment === '.' || segment === '..'))
    throw errors.invalidKey(`stub/stub/${bucket}/${key}/${version} contains dot path segment`)
  if (segments.some((segment) => Buffer.byteLength(segment) > 255)) throw errors.internal()
}

async function md5(source: Readable): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of source) hash.update(chunk)
  return quoted(hash.digest('hex'))
}

function quoted(hex: string): string {
  return `"${hex}"`
}

/**
 * Keeps files under hashed names, so that any legal key has room beside any other; written through a temporary
 * file and renamed. A JSON sibling stands in for the extended attributes of the service's file backend.
 */
export async function openFileStore(directory: string): Promise<FileStore> {
  const incoming = join(directory, 'incoming')
  await mkdir(incoming, { recursive: true })

  function path({ bucket, key, version }: Address): string {
    const name = createHash('sha256')
      .update(JSON.stringify([bucket, key, version]))
      .digest('hex')
    return join(directory, 'objects', name.slice(0, 2), name)
  }

  async function keep(temporary: string, address: Address, attributes: Attributes, etag: string) {
    const target = path(address)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(`${target}.json`, JSON.stringify(attributes))
    await rename(temporary, target)
    const { size, mtime } = await stat(target)
    return { ...attributes, size, etag, modified: mtime }
  }

  async function attributesOf(target: string): Promise<Attributes> {
    try {
      return attributesSchema.parse(JSON.parse(await readFile(`${target}.json`, 'utf8')))
    } catch {
      return { contentType: 'application/octet-stream', cacheControl: 'no-cache' }
    }
  }

  async function read(
    handle: FileHandle,
    size: number,
  ): Promise<{ etag: string; content: Buffer | FileHandle }> {
    if (size > smallFile)
      return { etag: await md5(handle.createReadStream({ start: 0, autoClose: false })), content: handle }
    const content = await handle.readFile()
    await handle.close()
    return { etag: quoted(createHash('md5').update(content).digest('hex')), content }
  }

  return {
    path,
    async write(address, source, attributes) {
      requireStorable(address)
      const temporary = join(incoming, randomUUID())
      const hash = createHash('md5')
      try {
        const stream = Buffer.isBuffer(source) ? Readable.from([source]) : source
        stream.on('data', (chunk: Buffer) => hash.update(chunk))
        await pipeline(stream, createWriteStream(temporary))
        return await keep(temporary, address, attributes, quoted(hash.digest('hex')))
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    async adopt(source, address, attributes) {
      requireStorable(address)
      return keep(source, address, attributes, await md5(createReadStream(source)))
    },
    async copy(from, to, attributes) {
      requireStorable(to)
      const temporary = join(incoming, randomUUID())
      await copyFile(path(from), temporary)
      return keep(temporary, to, attributes, await md5(createReadStream(temporary)))
    },
    async open(address) {
      const target = path(address)
      const handle = await open(target, 'r')
      try {
        const { size, mtime } = await handle.stat()
        return { ...(await attributesOf(target)), ...(await read(handle, size)), size, modified: mtime }
      } catch (error) {
        await handle.close()
        throw error
      }
    },
    async remove(address) {
      const target = path(address)
      await Promise.all([rm(target, { force: true }), rm(`${target}.json`, { force: true })])
    },
  }
}
