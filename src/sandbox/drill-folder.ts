import { access, chmod, constants, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BackupError } from '../common/errors.ts'
import { canHoldServer } from './account.ts'

/** Followed by the number of the process that made it, so that what a killed drill left can be told. */
const prefix = 'supabase-drill-'

/**
 * Makes a folder for a drill's target: in the temporary directory or beside the generation, wherever there is more room,
 * for a restored project is several times its dump. What killed drills left there is removed.
 * @throws BackupError DRILL_FOLDER_UNREACHABLE when PostgreSQL could live in neither
 */
export async function makeDrillFolder(generation: string): Promise<string> {
  const places: { path: string; device: number; free: number }[] = []
  for (const path of [tmpdir(), dirname(generation)]) {
    const isWritable = await access(path, constants.W_OK).then(
      () => true,
      () => false,
    )
    if (!isWritable || !(await canHoldServer(path))) continue
    const [{ dev: device }, { bavail, bsize }] = await Promise.all([stat(path), statfs(path)])
    if (!places.some((place) => place.device === device)) places.push({ path, device, free: bavail * bsize })
  }
  const [roomiest] = places.toSorted((a, b) => b.free - a.free)
  if (!roomiest)
    throw new BackupError({
      code: 'DRILL_FOLDER_UNREACHABLE',
      message: `The drill's PostgreSQL, which never runs as root, can live neither in ${tmpdir()} nor beside ${generation}.`,
      suggestion:
        'Set TMPDIR to a directory that every user may pass through (chmod o+x), with room for the project.',
      phase: 'sandbox/drill',
    })
  await removeLeftovers(roomiest.path)
  const folder = await mkdtemp(join(roomiest.path, `${prefix}${process.pid}-`))
  await chmod(folder, 0o711)
  return folder
}

async function removeLeftovers(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN
    if (pid > 0 && !isRunning(pid)) await rm(join(place, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
