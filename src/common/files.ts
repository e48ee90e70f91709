import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** SHA-256 of a file's bytes as lower-case hex; memory stays flat. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256')
  const { size } = await stat(path)
  // A buffer no larger than the file: a megabyte for each of ten thousand small files is mostly garbage collection.
  const highWaterMark = Math.min(Math.max(size, 1), 1 << 20)
  await pipeline(createReadStream(path, { highWaterMark }), hash)
  return hash.digest('hex')
}

/** Makes a directory's entries durable, so that a rename in it survives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes through a temporary sibling, synced and renamed: a reader sees the old file or the new one, whole. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const handle = await open(temporary, 'w', mode)
    try {
      // The umask, 077 in the scripts, has taken from what open() was asked for.
      await handle.chmod(mode)
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}
