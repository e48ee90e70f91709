/**
 * The worker of `restore.sh --diff` and `--left-out`: says what changed from one backup to another, and what of one a restore
 * does not bring back.
 *
 *     diff.ts --from DIR --from-source NAME --to DIR --to-source NAME [--json]
 *     diff.ts left-out --from DIR --from-source NAME [--json]
 *     diff.ts files diff|left-out|contents
 *
 * A directory needs only what a backup recorded, which `files` prints as Borg's patterns, a line each. On stdout else: lines for
 * people, or with --json one document.
 */
import { parseArgs } from 'node:util'
import { ExitCode } from './common/errors.ts'
import { failCommand } from './common/failure.ts'
import { readManifest } from './common/manifest.ts'
import { printAnswer } from './common/output.ts'
import { runWorker, type WorkerOutcome } from './common/worker.ts'
import { type DiffSide, diffBackups, factPatterns } from './diff/diff.ts'
import { leftOutLines, listLeftOut } from './diff/left-out.ts'
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

async function sideOf(generation: string, source: string): Promise<DiffSide> {
  return { generation, source, manifest: await readManifest(generation) }
}

async function compare(): Promise<WorkerOutcome> {
  const diff = await diffBackups(
    await sideOf(flags.from, flags['from-source']),
    await sideOf(flags.to, flags['to-source']),
  )
  const { from, to, equal, components, unknown } = diff
  const documents = Object.entries(components).map(([name, found]) => [name, found?.document ?? null])
  return {
    document: { from, to, equal, ...Object.fromEntries(documents), unknown },
    text: flags.json ? undefined : diffLines(diff),
    exitCode: ExitCode.success,
  }
}

async function leftOut(): Promise<WorkerOutcome> {
  const side = await sideOf(flags.from, flags['from-source'])
  const { source, manifest } = side
  const omissions = await listLeftOut(side)
  return {
    document: { source, snapshotAt: manifest.snapshotAt, leftOut: omissions },
    text: flags.json ? undefined : leftOutLines(side, omissions),
    exitCode: ExitCode.success,
  }
}

const uses: Record<string, Parameters<typeof factPatterns>[0]> = {
  'left-out': 'leftOut',
  contents: 'contents',
}
const [verb, use] = positionals
if (verb === 'files')
  try {
    const patterns = factPatterns(uses[use ?? ''] ?? 'diff')
    printAnswer(patterns.map((line) => `${line}\n`).join(''))
  } catch (thrown) {
    failCommand('diff', thrown)
  }
else await runWorker(verb ?? 'diff', verb === 'left-out' ? leftOut : compare)
