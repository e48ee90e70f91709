import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

const uploadSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  version: z.string(),
  /** Bytes announced; null while the caller still defers it. */
  length: z.number().nullable(),
  /** The caller's metadata, decoded. */
  metadata: z.record(z.string(), z.string()),
  completed: z.boolean(),
})

export type ResumableUpload = z.infer<typeof uploadSchema>

/** Uploads that arrive in pieces: what was announced, and the bytes that have come. */
export interface ResumableUploads {
  find(id: string): Promise<ResumableUpload | undefined>
  save(id: string, upload: ResumableUpload): Promise<void>
  /** Bytes that have come. */
  offset(id: string): Promise<number>
  /** Appends bytes; what came before an interruption stays. Past `maximum` it takes back everything and returns false. */
  append(id: string, source: Readable, maximum: number): Promise<boolean>
  /** The file of the bytes. */
  path(id: string): string
  remove(id: string): Promise<void>
}

/** Keeps uploads on disk, so that a caller can resume after the server was restarted. */
export async function openResumableUploads(directory: string): Promise<ResumableUploads> {
  await mkdir(directory, { recursive: true })
  const place = (id: string) => join(directory, createHash('sha256').update(id).digest('hex'))

  async function offset(id: string): Promise<number> {
    return stat(place(id)).then(
      ({ size }) => size,
      () => 0,
    )
  }

  return {
    path: place,
    offset,
    async find(id) {
      const text = await readFile(`${place(id)}.json`, 'utf8').catch(() => undefined)
      return text === undefined ? undefined : uploadSchema.parse(JSON.parse(text))
    },
    async save(id, upload) {
      await writeFile(`${place(id)}.json`, JSON.stringify(upload))
      if (!upload.completed) await writeFile(place(id), '', { flag: 'a' })
    },
    async append(id, source, maximum) {
      const before = await offset(id)
      await pipeline(source, createWriteStream(place(id), { flags: 'a' }))
      if ((await offset(id)) - before <= maximum) return true
      await truncate(place(id), before)
      return false
    },
    async remove(id) {
      await Promise.all([rm(place(id), { force: true }), rm(`${place(id)}.json`, { force: true })])
    },
  }
}
