import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/common/log.ts'
import { writeCatalogue } from '../../src/storage/catalogue/catalogue.ts'
import { storageLayout } from '../../src/storage/catalogue/layout.ts'
import { readManifestRows } from '../../src/storage/catalogue/manifests.ts'
import type { ManifestRow } from '../../src/storage/catalogue/rows.ts'
import { mirrorStorage } from '../../src/storage/mirror/mirror.ts'
import type { MirrorOptions } from '../../src/storage/mirror/run.ts'
import type { TestStorage } from './storage.ts'

/** Pauses short enough for tests; the number of attempts is the product's own. */
export const quickRetries = { minTimeoutMs: 5, maxTimeoutMs: 50 }

/** A folder for generations, with the road to it: catalogue in a transaction, then mirror. */
export interface Generations {
  path(name: string): string
  /** Writes the catalogue only. */
  catalogue(name: string): Promise<void>
  /** Mirrors into a generation whose catalogue is written, or lists one through the API if it is not. */
  mirror(name: string, options?: Partial<MirrorOptions>): ReturnType<typeof mirrorStorage>
  /** Both. */
  backUp(name: string, options?: Partial<MirrorOptions>): ReturnType<typeof mirrorStorage>
  rows(name: string, bucket: string): Promise<ManifestRow[]>
  bytes(name: string, bucket: string, key: string): Promise<Buffer>
  remove(): Promise<void>
}

export async function createGenerations(storage: TestStorage): Promise<Generations> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-generations-'))
  const path = (name: string) => join(folder, name)
  const rows = (name: string, bucket: string) => Array.fromAsync(readManifestRows(path(name), bucket))
  const catalogue = async (name: string) => {
    await mkdir(path(name), { recursive: true })
    await storage.database.query('begin isolation level repeatable read read only')
    await writeCatalogue({ client: storage.database, directory: storageLayout(path(name)).catalogue })
    await storage.database.query('commit')
  }
  const mirror = (name: string, options: Partial<MirrorOptions> = {}) =>
    mirrorStorage({
      endpoint: storage.endpoint,
      generation: path(name),
      log: silentLog,
      retry: quickRetries,
      ...options,
    })
  return {
    path,
    catalogue,
    mirror,
    async backUp(name, options) {
      await catalogue(name)
      return mirror(name, options)
    },
    rows,
    async bytes(name, bucket, key) {
      const row = (await rows(name, bucket)).find((candidate) => candidate.name === key)
      if (!row?.file) throw new Error(`no bytes of ${bucket}/${key}`)
      return readFile(storageLayout(path(name)).object(bucket, row.file))
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
