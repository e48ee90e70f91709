import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { aboutFile } from './system-errors.ts'

const readBytes = 1 << 18

/** What a path stands for, in words for people; undefined for a plain file. */
export function oddKind(entry: FileKinds): string | undefined {
  if (entry.isFile()) return undefined
  if (entry.isSymbolicLink()) return 'a symbolic link'
  if (entry.isDirectory()) return 'a directory'
  if (entry.isFIFO()) return 'a named pipe'
  if (entry.isSocket()) return 'a socket'
  return 'a device'
}

/** What `oddKind` asks: of an lstat, or of a directory's entry. */
export interface FileKinds {
  isFile(): boolean
  isSymbolicLink(): boolean
  isDirectory(): boolean
  isFIFO(): boolean
  isSocket(): boolean
}

/** Something in a file's place that is nothing to open. */
export class NotPlainFile extends Error {
  override readonly name = 'NotPlainFile'

  constructor(path: string, kind: string) {
    super(`${path} is ${kind}`)
  }
}

/**
 * Opens a file of a backup for reading. Anything but a plain file is refused before it is opened: a named pipe would be
 * waited for, for ever and by a thread that no signal ends, a device may act when it is opened, and a symbolic link leads
 * out of the backup. What takes the file's place in between is not waited for either.
 * @throws NotPlainFile, or what the system says
 */
export async function openPlainFile(path: string): Promise<FileHandle> {
  const kind = oddKind(await lstat(path))
  if (kind !== undefined) throw new NotPlainFile(path, kind)
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  const opened = oddKind(await file.stat())
  if (opened === undefined) return file
  await file.close()
  throw new NotPlainFile(path, opened)
}

/** The text of a plain file of a backup, see `openPlainFile`. */
export async function readPlainFile(path: string): Promise<string> {
  return (await readPlainBytes(path)).toString('utf8')
}

/** The bytes of a plain file of a backup, see `openPlainFile`. */
export async function readPlainBytes(path: string): Promise<Buffer> {
  const file = await openPlainFile(path)
  try {
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** SHA-256 of a plain file's bytes as lower-case hex. One buffer serves the whole file, and is no larger than it. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await openPlainFile(path)
  try {
    const { size } = await file.stat()
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(size, 1), readBytes))
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) break
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
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
    throw aboutFile(path, error)
  }
  await syncDirectory(dirname(path))
}
