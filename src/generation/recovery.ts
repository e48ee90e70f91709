import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { ComponentResult } from '../common/findings.ts'
import { generationFormat } from '../common/manifest.ts'
import { literals } from '../database/facts/all.ts'
import { readCatalogFacts } from '../database/facts/catalog-facts.ts'
import { planByHand } from './by-hand.ts'
import { isHeld } from './held.ts'

const template = new URL('../../templates/RECOVERY.md', import.meta.url)

export interface RecoveryOptions {
  generation: string
  toolVersion: string
  project: { name: string; ref: string | null; url: string | null }
  snapshotAt: string | null
  /** When the run began: the time of what was not read in a snapshot. */
  startedAt: string
  versions: Record<string, string>
  components: readonly ComponentResult[]
}

/**
 * Writes RECOVERY.md, which tells how to restore the generation without this toolkit, and the lists of dump entries
 * that its commands use, `database/restore/*.list`.
 */
export async function writeRecovery(options: RecoveryOptions): Promise<void> {
  const { generation, project, snapshotAt, startedAt, versions, toolVersion, components } = options
  const held = new Set(components.filter(isHeld).map(({ component }) => component))
  const database = held.has('database')
    ? await describeDatabase(generation)
    : { customRoles: [], leftOut: [] }
  const serverMajor = (versions['server'] ?? '17').split('.')[0] ?? '17'
  const values: Record<string, string> = {
    project: project.name,
    address: project.url === null ? '' : ` (${project.url})`,
    snapshotAt: snapshotAt ?? startedAt,
    serverNote: held.has('database')
      ? ` The database is of PostgreSQL ${versions['server'] ?? 'an unknown version'}.`
      : '',
    serverMajor,
    clientMajor: (versions['clients'] ?? serverMajor).split('.')[0] ?? serverMajor,
    tool: toolVersion,
    format: String(generationFormat),
    customRoles: database.customRoles.length === 0 ? 'NULL' : literals(database.customRoles),
    manual: manualSteps(components, database.leftOut),
  }
  const page = conditional(await readFile(template, 'utf8'), held)
  const text = page.replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
  await writeFileAtomic(join(generation, 'RECOVERY.md'), text)
}

/** Drops what is about components that the backup does not hold: `{{#database}}` to `{{/database}}`, or `{{^…}}` if it does. */
function conditional(text: string, held: ReadonlySet<string>): string {
  return text.replace(
    /^\{\{([#^])(\w+)\}\}\n([\s\S]*?)^\{\{\/\2\}\}\n/gm,
    (_, sign: string, component: string, part: string) =>
      held.has(component) === (sign === '#') ? conditional(part, held) : '',
  )
}

/** Writes the lists, and says what the page has to know of the database. */
async function describeDatabase(generation: string): Promise<{ customRoles: string[]; leftOut: string[] }> {
  const database = join(generation, 'database')
  const recorded = await readCatalogFacts(generation)
  const plan = await planByHand(join(database, 'dump'), recorded)
  // A database that was carried over brings those of its own backup.
  await rm(join(database, 'restore'), { recursive: true, force: true })
  await mkdir(join(database, 'restore'), { mode: 0o700 })
  for (const { name, entries } of plan.lists)
    await writeFileAtomic(join(database, 'restore', `${name}.list`), listOf(entries))
  const entries = plan.leftOut.map(({ desc, namespace, tag }) =>
    [desc, namespace, tag].filter(Boolean).join(' '),
  )
  // Those on schema extensions come with every project.
  const given = (recorded.serviceGrants ?? []).filter(({ schema }) => schema !== 'extensions')
  const grants = [...recorded.managedGrants, ...given].map(
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
