import { BackupError } from '../../common/errors.ts'

/** The error an operator understands, where what was thrown means that the disk is full; else what was thrown. */
export function orDiskFull(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') return error
  return new BackupError({
    code: 'DISK_FULL',
    message: 'There is no room left for the Storage objects.',
    detail: error.message,
    suggestion:
      'Free space below LOCAL_BACKUP_DIR or move it to a larger disk; what was fetched is kept for the next run.',
    phase: 'storage/mirror',
    cause: error,
  })
}
