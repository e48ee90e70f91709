/**
 * What src/shell/extract.sh has to take out of an archive for a command, and how much room that needs.
 *
 *     extract-plan.ts lists --patterns FILE [FLAG]...
 *     extract-plan.ts --generation DIR --patterns FILE [--components LIST] [FLAG]...
 *
 * FLAGs are those of the components that choose a part of one. `lists` writes the patterns of what tells which files that is,
 * to be extracted first. Else FILE gets the patterns of what is needed besides what lies in DIR already. On stdout,
 * NUL-separated NAME=value: BYTES, EVERYTHING=yes or no, CHOSEN, the components of which it is only a part, and HELD, the
 * components of the archive. A generation whose manifest cannot be read is taken out whole: verification says what is wrong
 * with it.
 */
import { parseArgs } from 'node:util'
import { writeFileAtomic } from './common/files.ts'
import { readManifest } from './common/manifest.ts'
import { flagsOf } from './components/list.ts'
import { listPatterns, planExtraction } from './generation/extraction.ts'

const ownFlags = {
  generation: { type: 'string', default: '' },
  patterns: { type: 'string', default: '' },
  components: { type: 'string' },
} as const
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { ...flagsOf('restore'), ...ownFlags },
})
const { values: flags } = parseArgs({ options: flagsOf('restore'), strict: false })

const writePatterns = (patterns: readonly string[]) =>
  writeFileAtomic(options.patterns, patterns.map((line) => `${line}\n`).join(''))

async function writePlan(): Promise<void> {
  const manifest = await readManifest(options.generation).catch(() => undefined)
  const components = options.components?.split(',')
  const plan =
    manifest && (await planExtraction({ generation: options.generation, manifest, components, flags }))
  await writePatterns(plan?.patterns ?? [])
  const { bytes = 0, everything = true, chosen = [], held = [] } = plan ?? {}
  const answer = { BYTES: bytes, EVERYTHING: everything ? 'yes' : 'no', CHOSEN: chosen, HELD: held }
  for (const [name, value] of Object.entries(answer)) process.stdout.write(`${name}=${value}\0`)
}

if (positionals[0] === 'lists') await writePatterns(listPatterns(flags))
else await writePlan()
