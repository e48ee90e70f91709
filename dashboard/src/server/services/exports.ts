import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { notFound } from '../problem.ts'

/** Exports hold rows in clear: they go after so long, and when the dashboard starts. */
const keptMs = 3_600_000
const mostFiles = 5000

export type Exports = ReturnType<typeof exportsIn>

/** Files that were taken out of backups to be downloaded. */
export function exportsIn(directory: string) {
  const root = join(directory, 'exports')
  const folderOf = (runId: string) => {
    // It becomes a path.
    if (!/^[0-9a-f-]{36}$/.test(runId)) throw notFound('export')
    return join(root, runId)
  }
  return {
    /** Where a run may write. */
    async open(runId: string): Promise<string> {
      const folder = folderOf(runId)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return folder
    },

    /** Paths of its files below the dated folder, with their sizes. */
    async files(runId: string): Promise<{ path: string; bytes: number }[]> {
      const folder = folderOf(runId)
      const [dated] = (await readdir(folder).catch(() => [])).filter((name) => !name.endsWith('.unfinished'))
      return dated === undefined ? [] : filesBelow(join(folder, dated))
    },

    /**
     * One file, or all of them as tar.
     * @param path as `files` has it; undefined for all
     * @throws Problem NOT_FOUND
     */
    async read(runId: string, path: string | undefined) {
      const folder = folderOf(runId)
      const [dated] = await readdir(folder).catch(() => [])
      const files = await this.files(runId)
      if (dated === undefined || files.length === 0) throw notFound('export')
      if (path === undefined) return { name: `${dated}.tar`, bytes: null, body: tarOf(folder, dated) }
      const file = files.find((one) => one.path === path)
      if (file === undefined) throw notFound('file')
      const stream = createReadStream(join(folder, dated, file.path), { end: Math.max(0, file.bytes - 1) })
      return { name: basename(file.path), bytes: file.bytes, body: bodyOf(stream) }
    },

    /** Removes what is older than an hour. @param isStart or all of it */
    async sweep(isStart = false, now = Date.now()): Promise<void> {
      for (const name of await readdir(root).catch(() => [])) {
        const found = await stat(join(root, name)).catch(() => undefined)
        if (found === undefined || (!isStart && now - found.mtimeMs < keptMs)) continue
        await rm(join(root, name), { recursive: true, force: true })
      }
    },
  }
}

async function filesBelow(folder: string): Promise<{ path: string; bytes: number }[]> {
  const files: { path: string; bytes: number }[] = []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isFile()).slice(0, mostFiles)) {
    const path = join(entry.parentPath, entry.name)
    files.push({ path: relative(folder, path), bytes: (await lstat(path)).size })
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function tarOf(folder: string, name: string): ReadableStream<Uint8Array> {
  const tar = spawn('tar', ['-C', folder, '-c', '--', name], { stdio: ['ignore', 'pipe', 'ignore'] })
  const body = bodyOf(tar.stdout)
  // Whoever stops reading wants no more of it.
  tar.stdout.on('close', () => tar.kill())
  return body
}

function bodyOf(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>
}
