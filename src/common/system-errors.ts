/** What an operator is told where the system refused a file: by the code of Node's error. */
const failures: Readonly<Record<string, { code: string; message: string; suggestion: string }>> = {
  ENOSPC: {
    code: 'DISK_FULL',
    message: 'The disk is full.',
    suggestion:
      'Find out which one is, and make room there (df -h), then run again; what was there before is not lost.',
  },
  EDQUOT: {
    code: 'DISK_FULL',
    message: 'The quota of this user on the disk is used up.',
    suggestion:
      'Make room there, or have the quota raised, then run again; what was there before is not lost.',
  },
  EROFS: {
    code: 'DISK_READ_ONLY',
    message: 'A file system is read-only now.',
    suggestion:
      'Find out why: a disk with errors is mounted so (dmesg | tail). Mount it for writing, then run again.',
  },
  EIO: {
    code: 'DISK_FAILS',
    message: 'A disk did not read or write.',
    suggestion:
      'Look what the system says of that disk: dmesg | tail; smartctl -a. Replace it before anything else is lost.',
  },
}

/**
 * What Node threw of a file, in an operator's words, whichever part of the toolkit was at work.
 * @returns undefined where it is no such failure of a disk
 */
export function diskFailure(
  error: unknown,
): { code: string; message: string; detail: string; suggestion: string } | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const known = failures[String(error.code)]
  return known && { ...known, detail: error.message }
}
