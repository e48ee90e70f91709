import { statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'

/** What an operator is told where the system refused a file: by the code of Node's error. */
const failures: Readonly<
  Record<string, { code: string; message: (where: string) => string; suggestion: (look: string) => string }>
> = {
  ENOSPC: {
    code: 'DISK_FULL',
    message: (where) => `The disk${where} is full.`,
    suggestion: (look) => `${look}, then run again; what was there before is not lost.`,
  },
  EDQUOT: {
    code: 'DISK_FULL',
    message: (where) => `The quota of this user on the disk${where} is used up.`,
    suggestion: (look) =>
      `${look}, or have the quota raised, then run again; what was there before is not lost.`,
  },
  EROFS: {
    code: 'DISK_READ_ONLY',
    message: () => 'A file system is read-only now.',
    suggestion: () =>
      'Find out why: a disk with errors is mounted so (dmesg | tail). Mount it for writing, then run again.',
  },
  EIO: {
    code: 'DISK_FAILS',
    message: () => 'A disk did not read or write.',
    suggestion: () =>
      'Look what the system says of that disk: dmesg | tail; smartctl -a. Replace it before anything else is lost.',
  },
}

/** With less free, in bytes, a disk is full to whoever writes to it; as in src/shell/room.sh. */
const leastRoom = 262_144

/** What the system refused, with the file that it was about, which Node leaves out of a write that failed. */
export function aboutFile(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || 'path' in error) return error
  return Object.assign(error, { path, message: `${error.message}: ${path}` })
}

/**
 * What Node threw of a file, in an operator's words, whichever part of the toolkit was at work. Where it does not say which file it was,
 * the temporary directory is named if its disk is full.
 * @returns undefined where it is no such failure of a disk
 */
export function diskFailure(
  error: unknown,
  temporary = tmpdir(),
): { code: string; message: string; detail: string; suggestion: string } | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const known = failures[String(error.code)]
  if (known === undefined) return undefined
  const { where, look } = placeOf(error, temporary)
  return {
    code: known.code,
    message: known.message(where),
    detail: error.message,
    suggestion: known.suggestion(look),
  }
}

/** The disk, behind the word, and how to look at it. */
function placeOf(error: Error, temporary: string): { where: string; look: string } {
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined
  if (path !== undefined) return { where: ` of ${path}`, look: `Make room there (df -h '${dirname(path)}')` }
  if (isFull(temporary))
    return {
      where: ` for temporary files (TMPDIR), ${temporary},`,
      look: `Make room there (df -h '${temporary}'), or set TMPDIR to a directory on another disk`,
    }
  return { where: '', look: 'Find out which one it is, and make room there (df -h)' }
}

function isFull(directory: string): boolean {
  try {
    const { bfree, bavail, bsize } = statfsSync(directory)
    // What the file system keeps back is for root.
    return (process.getuid?.() === 0 ? bfree : bavail) * bsize < leastRoom
  } catch {
    return false
  }
}
