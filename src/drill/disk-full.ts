import { BackupError } from '../common/errors.ts'
import type { RunningProgram } from '../common/process.ts'

/** SQLSTATEs of a session that ended with its server, as it does where the log of transactions finds no room. */
const ofLostServer = /^(57P|08)/
const unlabelled = /No space left on device|Disk quota exceeded/
/** A message of the server itself, behind its time and process: what it quotes of rows and statements never begins a line. */
const saidByServer =
  /^\S+ \S+ \S+ \[\d+\] (?:ERROR|FATAL|PANIC): {2}could not .*(?:No space left on device|Disk quota exceeded)$/m
const charactersKept = 1000

/** Listens to a server for a disk that is full, since of one that crashed nobody else tells why. @returns whether it was heard */
export function hearOfFullDisk(server: Pick<RunningProgram, 'stderr'>): () => boolean {
  let wasFull = false
  let last = ''
  server.stderr.on('data', (text: string) => {
    last = (last + text).slice(-Math.max(charactersKept, text.length))
    wasFull ||= saidByServer.test(last)
  })
  return () => wasFull
}

/** Where a drill's target lies, and what its server said. */
export interface DrillDisk {
  /** The directory that the folder of the drill was made in. */
  place: string
  /** The program that runs the containers, where the server is in one: its rows are with these then. */
  containers?: string | undefined
  /** As `hearOfFullDisk` gives it; undefined before there is a server. */
  wasFull?: (() => boolean) | undefined
}

/** What was thrown in a drill's target, as the disk's failure where it ran out of room; anything else as it is. */
export function orDrillDiskFull(error: unknown, { place, containers, wasFull }: DrillDisk): unknown {
  if (!isOfFullDisk(error, wasFull?.() ?? false)) return error
  const [where, room] =
    containers === undefined
      ? [place, `Make room there (df -h '${place}'), or set TMPDIR to a directory on a larger disk`]
      : [`the container of ${containers}`, `Make room where its containers lie (${containers} info)`]
  return new BackupError({
    code: 'DISK_FULL',
    message: `The disk of the drill’s own PostgreSQL, in ${where}, is full.`,
    detail: error instanceof Error ? error.message : String(error),
    suggestion: `The backup is not to blame: a restored project is several times the size of its dump. ${room}, or TEST_SUPABASE_DB_URL to a project of your own, and drill again.`,
    phase: 'sandbox/drill',
    cause: error,
  })
}

/** @param wasFull whether the server said so of itself */
function isOfFullDisk(error: unknown, wasFull: boolean): boolean {
  if (!(error instanceof Error)) return false
  const code = 'sqlState' in error ? error.sqlState : 'code' in error ? error.code : undefined
  if (code === '53100' || code === 'ENOSPC' || code === 'EDQUOT') return true
  if (error.cause !== undefined && isOfFullDisk(error.cause, wasFull)) return true
  if ('sqlState' in error) return wasFull && ofLostServer.test(String(error.sqlState))
  if (wasFull && (!(error instanceof BackupError) || /_LOST$/.test(error.code))) return true
  // Of initdb, and of a server that did not start.
  return (
    error instanceof BackupError && error.phase.startsWith('sandbox/') && unlabelled.test(error.detail ?? '')
  )
}
