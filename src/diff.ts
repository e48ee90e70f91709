/**
 * The worker of `restore.sh --diff`: says what changed from one backup to another.
 *
 *     diff.ts --from DIR --from-source NAME --to DIR --to-source NAME [--json]
 *     diff.ts files
 *
 * A directory needs only what a backup recorded, which `files` prints as Borg's patterns, a line each. On stdout else: lines for
 * people, or with --json one document.
 */
import { parseArgs } from 'node:util'
import { ExitCode } from './common/errors.ts'
import { readManifest } from './common/manifest.ts'
import { runWorker, type WorkerOutcome } from './common/worker.ts'
import { diffBackups, diffPatterns } from './diff/diff.ts'
import { diffLines } from './diff/text.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string', default: '' },
    'from-source': { type: 'string', default: '' },
    to: { type: 'string', default: '' },
    'to-source': { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})

async function compare(): Promise<WorkerOutcome> {
  const side = async (generation: string, source: string) => ({
    generation,
    source,
    manifest: await readManifest(generation),
  })
  const diff = await diffBackups(
    await side(flags.from, flags['from-source']),
    await side(flags.to, flags['to-source']),
  )
  const { from, to, equal, components, unknown } = diff
  const documents = Object.entries(components).map(([name, found]) => [name, found?.document ?? null])
  return {
    document: { from, to, equal, ...Object.fromEntries(documents), unknown },
    text: flags.json ? undefined : diffLines(diff),
    exitCode: ExitCode.success,
  }
}

if (positionals[0] === 'files')
  process.stdout.write(
    diffPatterns()
      .map((line) => `${line}\n`)
      .join(''),
  )
else await runWorker('diff', compare)
