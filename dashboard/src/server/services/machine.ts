import { execFile } from 'node:child_process'
import { stat, statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { WatchedProject } from '../ingest/watched-project.ts'
import type { Environment } from '../toolkit.ts'
import type { Registry } from './registry.ts'

const run = promisify(execFile)
const programs = [
  { name: 'Borg', command: 'borg', needed: true },
  { name: 'pg_dump', command: 'pg_dump', needed: true },
  { name: 'pg_restore', command: 'pg_restore', needed: true },
  { name: 'Podman', command: 'podman', needed: false },
  { name: 'Docker', command: 'docker', needed: false },
] as const
const timeoutMs = 10_000

/** A file system, and what lies on it. */
export interface Disk {
  /** The first directory that was found on it. */
  path: string
  places: string[]
  freeBytes: number
  totalBytes: number
}

/** How the machine is: programs that runs need, and room on its disks. */
export function machineOf(parts: { directory: string; registry: Registry; environment: Environment }) {
  const { directory, registry, environment } = parts
  return {
    async look() {
      const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))
      const versions = programs.map(async ({ name, command, needed }) => ({
        ...{ name, needed },
        version: await versionOf(command, env),
      }))
      return {
        programs: [
          { name: 'Node.js', needed: true, version: process.version.slice(1) },
          ...(await Promise.all(versions)),
        ],
        disks: await disksOf([
          { place: 'the dashboard', path: directory },
          ...registry.all().flatMap(placesOf),
        ]),
        memoryBytes: process.memoryUsage.rss(),
      }
    },
  }
}

/** Null where it is not installed, or says nothing. */
async function versionOf(command: string, env: Record<string, string | undefined>): Promise<string | null> {
  try {
    const { stdout } = await run(command, ['--version'], { env, timeout: timeoutMs })
    return /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? null
  } catch {
    return null
  }
}

/** Where a project keeps things on this machine. */
export function placesOf({ name, stateDirectory, settings }: WatchedProject): Place[] {
  const paths = [stateDirectory, ...(settings?.repositoryPaths ?? [])]
  return paths.map((path) => ({ place: name, path }))
}

/** A directory, and what people call it. */
interface Place {
  place: string
  path: string
}

/** The file systems that directories are on; what cannot be asked is left out. */
export async function disksOf(places: readonly Place[]): Promise<Disk[]> {
  const disks = new Map<number, Disk>()
  for (const { place, path } of places) {
    const found =
      path === '' ? undefined : await Promise.all([stat(path), statfs(path)]).catch(() => undefined)
    if (found === undefined) continue
    const [{ dev }, { bsize, blocks, bavail }] = found
    // Of virtual ones that have no size nothing can be said.
    if (blocks === 0) continue
    const disk = disks.get(dev) ?? { path, places: [], freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    if (!disk.places.includes(place)) disk.places.push(place)
    disks.set(dev, disk)
  }
  return [...disks.values()]
}
