import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { arch } from 'node:process'
import { buildOnce, cacheFolder, runTool, unpackPackages } from './debian-packages.ts'

/** PostgreSQL's client programs of the release after Debian 12's, run with the libraries they were built for. */
export interface Clients17 {
  /** Holds pg_dump, pg_dumpall, pg_restore and psql. */
  binDirectory: string
  /** The unpacked packages, a root file system but for its top-level links. */
  root: string
}

const programs = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']

const platforms: Partial<Record<NodeJS.Architecture, { libraries: string; loader: string }>> = {
  x64: { libraries: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { libraries: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

/** Clients 17 from Debian's packages, unpacked once into the checkout's cache and relinked to the C library that comes with them. */
export async function prepareClients17(): Promise<Clients17> {
  const cache = cacheFolder('clients-17')
  await buildOnce(cache, async (folder) => {
    await unpackPackages(folder, 'trixie', ['postgresql-client-17', 'patchelf'])
    await relink(folder, cache)
  })
  return { binDirectory: join(cache, 'bin'), root: join(cache, 'root') }
}

/** Copies of the programs that find loader and libraries in their final place. */
async function relink(folder: string, finalFolder: string): Promise<void> {
  const platform = platforms[arch]
  if (platform === undefined) throw new Error(`no PostgreSQL 17 clients are known for ${arch}`)
  const root = join(folder, 'root', 'usr')
  const libraries = join(root, 'lib', platform.libraries)
  const finalLibraries = join(finalFolder, 'root', 'usr', 'lib', platform.libraries)
  await mkdir(join(folder, 'bin'))
  for (const program of programs) {
    const copy = join(folder, 'bin', program)
    await cp(join(root, 'lib', 'postgresql', '17', 'bin', program), copy)
    const patchelf = ['--library-path', libraries, join(root, 'bin', 'patchelf')]
    const interpreter = join(finalLibraries, platform.loader)
    const links = ['--set-interpreter', interpreter, '--force-rpath', '--set-rpath', finalLibraries]
    await runTool(join(libraries, platform.loader), [...patchelf, ...links, copy])
  }
}
