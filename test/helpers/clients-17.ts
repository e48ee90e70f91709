import { access, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { arch } from 'node:process'
import { runProgram } from '../../src/common/process.ts'

/** PostgreSQL's client programs of the release after Debian 12's, run with the libraries they were built for. */
export interface Clients17 {
  /** Holds pg_dump, pg_dumpall, pg_restore and psql. */
  binDirectory: string
  /** The unpacked packages, a root file system but for its top-level links. */
  root: string
}

const programs = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const suite = 'trixie'

const platforms: Partial<Record<NodeJS.Architecture, { libraries: string; loader: string }>> = {
  x64: { libraries: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { libraries: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}

/**
 * Clients 17 from Debian's packages, unpacked once into the checkout's cache: through a private apt root, so that the
 * machine's own packages stay as they are, and relinked to the C library that comes with them.
 * @throws where that cannot be done, since a test that was not run has not passed
 */
export async function prepareClients17(): Promise<Clients17> {
  const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'clients-17')
  const clients = { binDirectory: join(cache, 'bin'), root: join(cache, 'root') }
  const present = await access(cache).then(
    () => true,
    () => false,
  )
  if (present) return clients
  await access(keyring).catch(() => {
    throw new Error(`PostgreSQL 17's clients cannot be fetched: install the package debian-archive-keyring`)
  })
  await mkdir(dirname(cache), { recursive: true })
  const building = await mkdtemp(`${cache}-building-`)
  try {
    await unpack(building)
    await relink(building, cache)
    // Test files race; the first one's is kept, all are the same.
    await rename(building, cache).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(building, { recursive: true, force: true })
  }
  return clients
}

function run(program: string, args: string[], env: Record<string, string> = {}): Promise<{ stdout: string }> {
  return runProgram({
    program,
    args,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', ...env },
    phase: 'test/clients-17',
    suggestion: "These tests need Debian's package archive.",
  })
}

async function unpack(folder: string): Promise<void> {
  const apt = join(folder, 'apt')
  for (const part of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(apt, part), { recursive: true })
  await writeFile(join(apt, 'status'), '')
  await writeFile(
    join(apt, 'sources.list'),
    `deb [signed-by=${keyring}] http://deb.debian.org/debian ${suite} main\n`,
  )
  await writeFile(
    join(apt, 'apt.conf'),
    [
      `Dir::State "${apt}/state";`,
      `Dir::State::status "${apt}/status";`,
      `Dir::Cache "${apt}/cache";`,
      `Dir::Etc::sourcelist "${apt}/sources.list";`,
      'Dir::Etc::sourceparts "/dev/null";',
      'Dir::Etc::preferencesparts "/dev/null";',
      'APT::Sandbox::User "root";',
      'APT::Install-Recommends "false";',
      'Acquire::Languages "none";',
    ].join('\n'),
  )
  const env = { APT_CONFIG: join(apt, 'apt.conf') }
  await run('apt-get', ['update'], env)
  await run('apt-get', ['install', '--yes', '--download-only', 'postgresql-client-17', 'patchelf'], env)
  const archives = join(apt, 'cache', 'archives')
  for (const name of await readdir(archives))
    if (name.endsWith('.deb')) await run('dpkg-deb', ['-x', join(archives, name), join(folder, 'root')])
  await rm(apt, { recursive: true })
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
    await run(join(libraries, platform.loader), [...patchelf, ...links, copy])
  }
}
