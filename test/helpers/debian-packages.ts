import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runProgram } from '../../src/common/process.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** A folder of the checkout's cache that outlives the suite. */
export function cacheFolder(name: string): string {
  return join(import.meta.dirname, '..', '..', 'node_modules', '.cache', name)
}

/**
 * Builds a folder of the cache once. Test files race; the first one's is kept, all are the same.
 * @param build fills a folder that will be renamed to the cache's
 */
export async function buildOnce(cache: string, build: (folder: string) => Promise<void>): Promise<void> {
  const present = await access(cache).then(
    () => true,
    () => false,
  )
  if (present) return
  await mkdir(dirname(cache), { recursive: true })
  const building = await mkdtemp(`${cache}-building-`)
  try {
    await build(building)
    await rename(building, cache).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(building, { recursive: true, force: true })
  }
}

/**
 * Fetches Debian packages of another suite with all they need and unpacks them, through a private apt root, so that the
 * machine's own packages stay as they are.
 * @param folder gets `root/`, a root file system but for its top-level links
 * @throws where that cannot be done, since a test that was not run has not passed
 */
export async function unpackPackages(
  folder: string,
  suite: string,
  packages: readonly string[],
): Promise<void> {
  await access(keyring).catch(() => {
    throw new Error(`${packages.join(', ')} cannot be fetched: install the package debian-archive-keyring`)
  })
  const apt = join(folder, 'apt')
  for (const part of ['state/lists/partial', 'cache/archives/partial'])
    await mkdir(join(apt, part), { recursive: true })
  await writeFile(join(apt, 'status'), '')
  const archive = await debianArchive()
  const suites = suite.endsWith('-backports') ? [suite.replace('-backports', ''), suite] : [suite]
  await writeFile(
    join(apt, 'sources.list'),
    suites.map((name) => `deb [signed-by=${keyring}] ${archive} ${name} main\n`).join(''),
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
      `APT::Default-Release "${suite}";`,
      'Acquire::Languages "none";',
    ].join('\n'),
  )
  const env = { APT_CONFIG: join(apt, 'apt.conf') }
  await runTool('apt-get', ['update'], env)
  await runTool('apt-get', ['install', '--yes', '--download-only', ...packages], env)
  const archives = join(apt, 'cache', 'archives')
  for (const name of await readdir(archives))
    if (name.endsWith('.deb')) await runTool('dpkg-deb', ['-x', join(archives, name), join(folder, 'root')])
  await rm(apt, { recursive: true })
}

/** The archive this Debian machine is itself installed from, which holds the other suites too. */
async function debianArchive(): Promise<string> {
  const format = '$(ORIGIN) $(REPO_URI)'
  const { stdout } = await runTool('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  const archives = stdout.split('\n').filter((line) => /^Debian \S+\/debian\/?$/.test(line))
  const archive = archives[0]?.replace('Debian ', '')
  if (archive === undefined)
    throw new Error('the packages of another Debian suite can only be had on Debian, after apt-get update')
  return archive
}

/** A program that such a preparation needs. */
export function runTool(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ stdout: string }> {
  return runProgram({
    program,
    args,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', ...env },
    phase: 'test/debian-packages',
    suggestion: "These tests need Debian's package archive.",
  })
}
