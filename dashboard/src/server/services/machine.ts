import { execFile } from 'node:child_process'
import { stat, statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
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
          ...registry.all().map(({ name, stateDirectory }) => ({ place: name, path: stateDirectory })),
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

async function disksOf(places: { place: string; path: string }[]): Promise<Disk[]> {
  const disks = new Map<number, Disk>()
  for (const { place, path } of places) {
    const found =
      path === '' ? undefined : await Promise.all([stat(path), statfs(path)]).catch(() => undefined)
    if (found === undefined) continue
    const [{ dev }, { bsize, blocks, bavail }] = found
    const disk = disks.get(dev) ?? { places: [], freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    disk.places.push(place)
    disks.set(dev, disk)
  }
  return [...disks.values()]
}
