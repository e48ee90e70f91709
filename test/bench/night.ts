import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runProgram } from '../../src/common/process.ts'
import { inTemporaryFolder, openWorkspace } from '../../src/sandbox/workspace.ts'
import { type Comparison, compare } from './harness.ts'

const root = join(import.meta.dirname, '../..')

/** What one night may start: more would show on every small project. */
export const nightLimits = { node: 3, borg: 5 }

export interface NightStarts {
  node: number
  borg: number
}

/**
 * An empty project's night, which is nothing but fixed costs, beside the least any night needs: one Node, a
 * query, a dump, the roles, and Borg's create, prune, compact and list.
 * @returns the comparison, and how many Nodes and Borgs one night started
 */
export async function benchNight(rounds: number): Promise<{ comparison: Comparison; starts: NightStarts }> {
  return inTemporaryFolder(async (folder) => {
    const { sandbox, envFile, places } = await openWorkspace(folder, { application: false })
    try {
      const env = { ...process.env, ...places }
      const run = (program: string, args: string[], more: Record<string, string> = {}) =>
        runProgram({ program, args, env: { ...env, ...more }, cwd: root, phase: 'bench', suggestion: '' })
      const night = (more: Record<string, string> = {}) =>
        run('./backup.sh', ['-e', envFile, '--quiet'], more)
      await night()

      const borg = sandbox.environment()
      const bare = join(folder, 'bare.borg')
      const secret = { BORG_PASSPHRASE: 'bench', BORG_BASE_DIR: String(borg['BORG_BASE_DIR']) }
      await run('borg', ['init', '--encryption=repokey-blake2', bare], secret)
      let archive = 0
      const floor = async () => {
        archive += 1
        const dump = join(folder, `dump-${archive}`)
        await run('node', ['--input-type=module', '-e', 'import "zod"; import "pg"; import "undici"'])
        await run('psql', [sandbox.databaseUrl, '-XAtqc', 'select 1'])
        await run('pg_dump', ['-Fd', '-j2', '-Z0', '-f', dump, sandbox.databaseUrl])
        await run('pg_dumpall', ['--roles-only', '--no-role-passwords', '-d', sandbox.databaseUrl])
        await run('borg', ['create', '-C', 'zstd,3', `${bare}::a${archive}`, dump], secret)
        await run('borg', ['prune', '--keep-last', '3', bare], secret)
        await run('borg', ['compact', bare], secret)
        await run('borg', ['list', bare], secret)
        return undefined
      }
      const comparison = await compare({
        title: "An empty project's night",
        rounds,
        candidates: [
          { name: 'the least any night needs', run: floor },
          { name: 'backup.sh', run: async () => void (await night()) },
        ],
      })
      return { comparison, starts: await countStarts(folder, night) }
    } finally {
      await sandbox.stop()
    }
  })
}

/** Counts with a preload in every Node, and a `borg` on PATH before the real one. */
async function countStarts(
  folder: string,
  night: (environment: Record<string, string>) => Promise<unknown>,
): Promise<NightStarts> {
  const log = join(folder, 'starts')
  await writeFile(log, '')
  const preload = join(folder, 'count.cjs')
  await writeFile(
    preload,
    `if (require('node:worker_threads').isMainThread) require('node:fs').appendFileSync(${JSON.stringify(log)}, 'node\\n')\n`,
  )
  const path = String(process.env['PATH'])
  const programs = join(folder, 'programs')
  await mkdir(programs)
  const shim = join(programs, 'borg')
  await writeFile(shim, `#!/bin/sh\necho borg >>'${log}'\nPATH='${path}' exec borg "$@"\n`)
  await chmod(shim, 0o700)
  await night({ NODE_OPTIONS: `--require=${preload}`, PATH: [programs, path].join(delimiter) })
  const started = (await readFile(log, 'utf8')).split('\n')
  const count = (name: string) => started.filter((line) => line === name).length
  return { node: count('node'), borg: count('borg') }
}
