import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { ComponentResult } from '../common/findings.ts'
import { generationFormat } from '../common/manifest.ts'
import { readContents } from '../database/contents.ts'
import { managedTriggers, savedFact } from '../database/facts.ts'
import { transformedBy } from '../database/plan.ts'
import { userTriggersOf } from '../database/recorded.ts'
import { type Decision, decide } from '../database/rules.ts'

const template = new URL('../../templates/RECOVERY.md', import.meta.url)

/** Rules whose entries pg_restore itself can bring into a new project, where the toolkit would do it in its own way. */
const restorableByHand = [
  'account-and-object-records',
  'sequence-values',
  'user-triggers',
  'owned-by-the-platform',
]

export interface RecoveryOptions {
  generation: string
  toolVersion: string
  project: { name: string; ref: string | null; url: string | null }
  snapshotAt: string | null
  versions: Record<string, string>
  components: readonly ComponentResult[]
}

/**
 * Writes RECOVERY.md, which tells how to restore the generation without this toolkit, and the lists of dump entries
 * its commands use: `database/restore.list` and `database/large-objects.list`.
 */
export async function writeRecovery(options: RecoveryOptions): Promise<void> {
  const { generation, project, snapshotAt, versions, toolVersion } = options
  if (options.components.some(({ component, status }) => component === 'database' && status !== 'skipped'))
    await writeLists(generation)
  const values: Record<string, string> = {
    project: project.name,
    address: project.url === null ? '' : ` (${project.url})`,
    snapshotAt: snapshotAt ?? 'an unknown time',
    server: versions['server'] ?? 'unknown',
    clientMajor: (versions['server'] ?? '17').split('.')[0] ?? '17',
    tool: toolVersion,
    format: String(generationFormat),
    manual: manualSteps(options.components),
  }
  const text = (await readFile(template, 'utf8')).replace(
    /\{\{(\w+)\}\}/g,
    (_, name: string) => values[name] ?? '',
  )
  await writeFileAtomic(join(generation, 'RECOVERY.md'), text)
}

async function writeLists(generation: string): Promise<void> {
  const database = join(generation, 'database')
  const contents = await readContents(join(database, 'dump'))
  const triggers = await Array.fromAsync(savedFact(generation, managedTriggers))
  const decisions = decide(contents.entries, { userTriggers: userTriggersOf(triggers) })
  const restored = decisions.filter(
    ({ action, rule }) => action === 'keep' || restorableByHand.includes(rule.id),
  )
  await writeFileAtomic(join(database, 'restore.list'), listOf(restored.map(({ entry }) => entry)))
  const largeObjects = transformedBy(decisions, 'large-object-contents')
  await writeFileAtomic(join(database, 'large-objects.list'), listOf(largeObjects))
}

/** A list for `pg_restore --use-list`, which reads the number at the start of each line. */
function listOf(entries: readonly Decision['entry'][]): string {
  return entries.map((entry) => `${entry.dumpId};\n`).join('')
}

function manualSteps(components: readonly ComponentResult[]): string {
  const steps = components.flatMap(({ findings }) =>
    findings
      .filter(({ severity }) => severity !== 'note')
      .map(({ message, names }) => `- ${message}${names.length === 0 ? '' : ` (${names.join(', ')})`}`),
  )
  return steps.length === 0 ? '- Nothing else is known of.' : steps.join('\n')
}
