/**
 * What src/shell/extract.sh has to take out of an archive for a command, and how much room that needs.
 *
 *     extract-plan.ts --generation DIR --patterns FILE [--components LIST] [--bucket ID]... [--prefix PREFIX]
 *                     [--object BUCKET/KEY]...
 *
 * In DIR lies what was extracted first: manifest.json and, where objects are chosen, the manifests of Storage. FILE gets
 * the patterns for Borg. On stdout, NUL-separated NAME=value: BYTES, PART=all, components or objects, and
 * HELD, the components of the archive. A generation
 * whose manifest cannot be read is taken out whole: verification says what is wrong with it.
 */
import { parseArgs } from 'node:util'
import { writeFileAtomic } from './common/files.ts'
import { readManifest } from './common/manifest.ts'
import { planExtraction } from './generation/extraction.ts'
import { scopeFlags, scopeOf } from './storage/catalogue/scope-flags.ts'

const { values: options } = parseArgs({
  options: {
    generation: { type: 'string', default: '' },
    patterns: { type: 'string', default: '' },
    components: { type: 'string' },
    ...scopeFlags,
  },
})

const manifest = await readManifest(options.generation).catch(() => undefined)
const plan =
  manifest &&
  (await planExtraction({
    ...{ generation: options.generation, manifest, scope: scopeOf(options) },
    components: options.components?.split(','),
  }))
await writeFileAtomic(options.patterns, (plan?.patterns ?? []).map((line) => `${line}\n`).join(''))
process.stdout.write(
  `BYTES=${plan?.bytes ?? 0}\0PART=${plan?.part ?? 'all'}\0HELD=${plan?.held.join(',') ?? ''}\0`,
)
