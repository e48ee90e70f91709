import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { runProgram, startProgram } from '../../src/common/process.ts'
import { prepareClients17 } from './clients-17.ts'
import { buildOnce, cacheFolder, unpackPackages } from './debian-packages.ts'

/** A real Podman with one image, all of it in one temporary folder. */
export interface PodmanWithImage {
  image: string
  /** For `findClients`: a PATH without PostgreSQL clients, and Podman's configuration. */
  environment: Record<string, string>
  /** The names of the containers there are, running or not. */
  containers(): Promise<string[]>
  remove(): Promise<void>
}

/** What Podman 4.3 needs inside another container, and storage of its own. */
function configuration(folder: string): { containers: string; storage: string } {
  return {
    containers:
      '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' +
      '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
    storage: `[storage]\ndriver = "vfs"\nrunroot = "${folder}/run"\ngraphroot = "${folder}/graph"\n`,
  }
}

/** With an image of PostgreSQL 17's clients. */
export async function startPodmanWithClients(): Promise<PodmanWithImage> {
  return startPodman('localhost/postgres-clients:17', (await prepareClients17()).root)
}

/** With an image of PostgreSQL 17's server as Debian has it, pgvector and pg_cron. */
export async function startPodmanWithServer(): Promise<PodmanWithImage> {
  const cache = cacheFolder('server-17')
  const packages = ['postgresql-17', 'postgresql-17-pgvector', 'postgresql-17-cron', 'dash', 'coreutils']
  await buildOnce(cache, (folder) => unpackPackages(folder, 'trixie', packages))
  return startPodman('localhost/postgres-server:17', join(cache, 'root'))
}

async function startPodman(image: string, root: string): Promise<PodmanWithImage> {
  const folder = await mkdtemp(join(tmpdir(), 'supabase-backup-podman-'))
  const { containers, storage } = configuration(folder)
  await writeFile(join(folder, 'containers.conf'), containers)
  await writeFile(join(folder, 'storage.conf'), storage)
  // Only the runtime's own programs: this machine's PostgreSQL clients stay out of sight.
  await mkdir(join(folder, 'bin'))
  const rootless = process.getuid?.() === 0 ? [] : ['newuidmap', 'newgidmap']
  for (const program of ['podman', 'runc', 'conmon', 'tar', ...rootless])
    await symlink(await whereIs(program), join(folder, 'bin', program))
  const environment = {
    PATH: join(folder, 'bin'),
    HOME: folder,
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  }
  const podman = (args: string[]) =>
    runProgram({ program: 'podman', args, env: environment, phase: 'test/podman', suggestion: '' })
  await importImage(image, root, folder, environment)
  return {
    image,
    environment,
    async containers() {
      const { stdout } = await podman(['ps', '--all', '--format', '{{.Names}}'])
      return stdout.split('\n').filter((name) => name !== '')
    },
    async remove() {
      await podman(['rm', '--all', '--force'])
      await podman(['rmi', '--all', '--force'])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function whereIs(program: string): Promise<string> {
  const { stdout } = await runProgram({
    program: 'sh',
    args: ['-c', 'command -v "$1"', 'sh', program],
    env: { PATH: process.env['PATH'] },
    phase: 'test/podman',
    suggestion: `Install the package ${program}.`,
  })
  return stdout.trim()
}

/** There is no registry to pull from: the unpacked packages become the image. */
async function importImage(
  image: string,
  root: string,
  folder: string,
  env: Record<string, string>,
): Promise<void> {
  const tree = join(folder, 'tree')
  await cp(root, tree, { recursive: true, verbatimSymlinks: true })
  for (const unneeded of ['share/doc', 'share/man', 'share/locale', 'share/perl', 'share/perl5'])
    await rm(join(tree, 'usr', unneeded), { recursive: true, force: true })
  for (const link of ['bin', 'lib', 'lib64']) await symlink(`usr/${link}`, join(tree, link))
  await mkdir(join(tree, 'usr', 'local', 'bin'), { recursive: true })
  for (const name of ['tmp', 'var/tmp']) {
    await mkdir(join(tree, name), { recursive: true })
    await chmod(join(tree, name), 0o1777)
  }
  for (const program of ['pg_dump', 'pg_restore', 'psql', 'pg_dumpall'])
    await symlink(`../../lib/postgresql/17/bin/${program}`, join(tree, 'usr', 'local', 'bin', program))
  const phase = 'test/podman'
  const tar = startProgram({
    program: 'tar',
    args: ['--create', '--owner=0', '--group=0', '.'],
    env,
    cwd: tree,
    phase,
  })
  tar.stdin.end()
  const load = startProgram({ program: 'podman', args: ['import', '-', image], env, phase })
  load.stdout.resume()
  await pipeline(tar.stdout, load.stdin)
  const end = await load.ended
  if (end.code !== 0) throw new Error(`podman import: ${end.stderr}`)
  await rm(tree, { recursive: true })
}
