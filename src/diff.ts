/**
 * The worker of `restore.sh --diff`: says what changed from one backup to another.
 *
 *     diff.ts --from DIR --from-source NAME --to DIR --to-source NAME [--json]
 *
 * A directory needs only what a backup recorded: manifest.json, the dump's table of contents, database/*.jsonl, and of storage/
 * buckets.json and manifest/. On stdout: lines for people, or with --json one document.
 */
import { parseArgs } from 'node:util'
import { ExitCode } from './common/errors.ts'
import { readManifest } from './common/manifest.ts'
import { runWorker } from './common/worker.ts'
import { diffBackups } from './diff/diff.ts'
import { diffLines } from './diff/text.ts'

const { values: flags } = parseArgs({
  options: {
    from: { type: 'string', default: '' },
    'from-source': { type: 'string', default: '' },
    to: { type: 'string', default: '' },
    'to-source': { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})

await runWorker('diff', async () => {
  const side = async (generation: string, source: string) => ({
    generation,
    source,
    manifest: await readManifest(generation),
  })
  const diff = await diffBackups(
    await side(flags.from, flags['from-source']),
    await side(flags.to, flags['to-source']),
  )
  const text = flags.json ? undefined : diffLines(diff)
  return { document: { ...diff }, text, exitCode: ExitCode.success }
})
