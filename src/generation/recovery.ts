import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { ComponentResult } from '../common/findings.ts'
import { generationFormat } from '../common/manifest.ts'
import { literals } from '../database/facts.ts'
import { readRecorded } from '../database/recorded.ts'
import { planByHand } from './by-hand.ts'

const template = new URL('../../templates/RECOVERY.md', import.meta.url)

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
 * that its commands use, `database/restore/*.list`.
 */
export async function writeRecovery(options: RecoveryOptions): Promise<void> {
  const { generation, project, snapshotAt, versions, toolVersion, components } = options
  const held = components.some(({ component, status }) => component === 'database' && status !== 'skipped')
  const database = held ? await describeDatabase(generation) : { customRoles: [], leftOut: [] }
  const serverMajor = (versions['server'] ?? '17').split('.')[0] ?? '17'
  const values: Record<string, string> = {
    project: project.name,
    address: project.url === null ? '' : ` (${project.url})`,
    snapshotAt: snapshotAt ?? 'an unknown time',
    server: versions['server'] ?? 'unknown',
    serverMajor,
    clientMajor: (versions['clients'] ?? serverMajor).split('.')[0] ?? serverMajor,
    tool: toolVersion,
    format: String(generationFormat),
    customRoles: database.customRoles.length === 0 ? 'NULL' : literals(database.customRoles),
    manual: manualSteps(components, database.leftOut),
  }
  const text = (await readFile(template, 'utf8')).replace(
    /\{\{(\w+)\}\}/g,
    (_, name: string) => values[name] ?? '',
  )
  await writeFileAtomic(join(generation, 'RECOVERY.md'), text)
}

/** Writes the lists, and says what the page has to know of the database. */
async function describeDatabase(generation: string): Promise<{ customRoles: string[]; leftOut: string[] }> {
  const database = join(generation, 'database')
  const recorded = await readRecorded(generation)
  const plan = await planByHand(join(database, 'dump'), recorded)
  await mkdir(join(database, 'restore'), { mode: 0o700 })
  for (const { name, entries } of plan.lists)
    await writeFileAtomic(join(database, 'restore', `${name}.list`), listOf(entries))
  const entries = plan.leftOut.map(({ desc, namespace, tag }) =>
    [desc, namespace, tag].filter(Boolean).join(' '),
  )
  const grants = recorded.managedGrants.map(
    ({ privilege, schema, object, grantee }) =>
      `${privilege} on ${[schema, object].filter(Boolean).join('.')} for ${grantee}`,
  )
  const leftOut = [...entries, ...grants]
  return { customRoles: recorded.roles.map(({ name }) => name), leftOut }
}

/** A list for `pg_restore --use-list`, which reads the number at the start of each line. */
function listOf(entries: readonly { dumpId: number }[]): string {
  return entries.map((entry) => `${entry.dumpId};\n`).join('')
}

function manualSteps(components: readonly ComponentResult[], leftOut: readonly string[]): string {
  const steps = components.flatMap(({ findings }) =>
    findings
      .filter(({ severity }) => severity !== 'note')
      .map(({ message, names }) => `- ${message}${names.length === 0 ? '' : ` (${names.join(', ')})`}`),
  )
  if (leftOut.length > 0)
    steps.push(
      `- Left out of part 3, as it may take more than the rights of postgres: ${leftOut.join(', ')}.`,
    )
  return steps.length === 0 ? '- Nothing else is known of.' : steps.join('\n')
}
