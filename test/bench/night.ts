import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../../src/common/process.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { inTemporaryFolder, openWorkspace } from '../../src/sandbox/workspace.ts'
import { fillDatabase } from './database.ts'
import { type Candidate, type Comparison, compare } from './harness.ts'
import { createBucket, fill } from './storage-objects.ts'

const root = join(import.meta.dirname, '../..')

type Run = (program: string, args: string[], more?: Record<string, string>) => Promise<unknown>

interface Project {
  folder: string
  sandbox: Sandbox
  envFile: string
  /** Runs a program where the scripts have their places. */
  run: Run
}

async function inProject<Result>(work: (project: Project) => Promise<Result>): Promise<Result> {
  return inTemporaryFolder(async (folder) => {
    const { sandbox, envFile, places } = await openWorkspace(folder, { application: false })
    const env = { ...process.env, ...places }
    const run: Run = (program, args, more = {}) =>
      runProgram({ program, args, env: { ...env, ...more }, cwd: root, phase: 'bench', suggestion: '' })
    try {
      return await work({ folder, sandbox, envFile, run })
    } finally {
      await sandbox.stop()
    }
  })
}

const timed = (name: string, run: () => Promise<unknown>, more: Partial<Candidate> = {}): Candidate => ({
  ...{ name, ...more },
  async run() {
    await run()
    return undefined
  },
})

/**
 * An empty project's night, which is nothing but fixed costs, beside the least any night needs: one worker by tsx, a
 * query, a dump, the roles, and Borg's create, prune, compact and list. And the questions an operator asks most.
 */
export async function benchNight(rounds: number): Promise<Comparison[]> {
  return inProject(async ({ folder, sandbox, envFile, run }) => {
    const ours = (script: string, ...flags: string[]) => run(`./${script}`, ['-e', envFile, ...flags])
    const night = () => ours('backup.sh', '--quiet')
    await night()

    const bare = join(folder, 'bare.borg')
    const secret = { BORG_PASSPHRASE: 'bench', BORG_BASE_DIR: String(sandbox.environment()['BORG_BASE_DIR']) }
    await run('borg', ['init', '--encryption=repokey-blake2', bare], secret)
    let archive = 0
    const packages = ['--input-type=module', '-e', 'import "zod"; import "pg"; import "undici"']
    const node = () => run('node', packages)
    const worker = () => run('node', ['--import', 'tsx', ...packages], { TSX_DISABLE_CACHE: '1' })
    const list = () => run('borg', ['list', bare], secret)
    const floor = async () => {
      archive += 1
      const dump = join(folder, `dump-${archive}`)
      await worker()
      await run('psql', [sandbox.databaseUrl, '-XAtqc', 'select 1'])
      await run('pg_dump', ['-Fd', '-j2', '-Z0', '-f', dump, sandbox.databaseUrl])
      await run('pg_dumpall', ['--roles-only', '--no-role-passwords', '-d', sandbox.databaseUrl])
      await run('borg', ['create', '-C', 'zstd,3', `${bare}::a${archive}`, dump], secret)
      await run('borg', ['prune', '--keep-last', '3', bare], secret)
      await run('borg', ['compact', bare], secret)
      await list()
    }
    return [
      await compare({
        title: "An empty project's night",
        rounds,
        candidates: [timed('the least any night needs', floor), timed('backup.sh', night, { goal: 1.2 })],
      }),
      await compare({
        title: 'Questions',
        rounds,
        candidates: [
          timed('one Node with its packages', node),
          timed('backup.sh --status', () => ours('backup.sh', '--status')),
          timed('borg list', list),
          timed('restore.sh --list', () => ours('restore.sh', '--list')),
        ],
      }),
    ]
  })
}

/** A first night of rows and objects: what each component takes alone, and both, which work side by side. */
export async function benchSideBySide(
  rounds: number,
  size: { megabytes: number; objects: number },
): Promise<Comparison> {
  return inProject(async ({ folder, sandbox, envFile, run }) => {
    const { databaseUrl, storage } = sandbox
    await fillDatabase(databaseUrl, size.megabytes)
    const bench = {
      ...{ url: storage.url, serviceRoleKey: storage.serviceRoleKey, databaseUrl, s3: undefined },
      ...{ directory: join(folder, 'bench'), concurrency: 10, rounds },
    }
    await createBucket(bench)
    await fill(bench, { count: size.objects, bytes: 4_096, goal: 1 })
    const prepare = () =>
      rm(String(sandbox.environment()['LOCAL_BACKUP_DIR']), { recursive: true, force: true })
    const night = (name: string, ...flags: string[]) =>
      timed(name, () => run('./backup.sh', ['-e', envFile, '--quiet', '--accept-shrink', ...flags]), {
        prepare,
      })
    return compare({
      title: `A first night of ${size.megabytes} MB of rows and ${size.objects} objects`,
      rounds,
      candidates: [
        night('database alone', '--only', 'database'),
        night('storage alone', '--only', 'storage'),
        night('both, side by side'),
      ],
    })
  })
}
