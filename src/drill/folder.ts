import {
  access,
  chmod,
  constants,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { BackupError } from '../common/errors.ts'
import { canHoldServer } from './account.ts'

const prefix = 'supabase-drill-'

/** The file in a drill's folder that says which process made it: only what carries it is ours to remove. */
const markName = '.supabase-backup'

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
  const folder = await mkdtemp(join(roomiest.path, prefix))
  await writeFile(join(folder, markName), (await identify(process.pid)) ?? '')
  await chmod(folder, 0o711)
  return folder
}

async function removeLeftovers(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (!name.startsWith(prefix)) continue
    const mark = await readFile(join(place, name, markName), 'utf8').catch(() => undefined)
    if (mark !== undefined && (await isLeftover(mark)))
      await rm(join(place, name), { recursive: true, force: true })
  }
}

/**
 * A process, told from a later one of the same number by when it began, and from those of containers that share the
 * temporary directory by the namespace that its number belongs to. Undefined when there is none.
 */
async function identify(pid: number): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  // The 22nd field; the second, the program's name in brackets, may hold spaces.
  const started = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19]
  return started === undefined ? undefined : `${await readlink('/proc/self/ns/pid')} ${pid} ${started}\n`
}

/** Whether the process that left a mark was one of this machine's, and is gone. */
async function isLeftover(mark: string): Promise<boolean> {
  const [namespace, pid = ''] = mark.split(' ')
  if (namespace !== (await readlink('/proc/self/ns/pid'))) return false
  return (await identify(Number(pid))) !== mark
}
