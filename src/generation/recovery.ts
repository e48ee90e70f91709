import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import type { ComponentResult } from '../common/findings.ts'
import { formatOf } from '../common/manifest.ts'
import type { PartialBackup } from '../common/partial.ts'
import { describePartial } from '../common/partial-words.ts'
import type { RecoveryPart } from '../components/component.ts'
import { components as allComponents } from '../components/list.ts'
import { coverageOf, coverageRows } from '../coverage/matrix.ts'
import { isHeld } from './held.ts'

const template = new URL('../../templates/RECOVERY.md', import.meta.url)

/** The page's own parts before those of the components. */
const partsBefore = 2

export interface RecoveryOptions {
  generation: string
  toolVersion: string
  project: { name: string; ref: string | null; url: string | null }
  snapshotAt: string | null
  /** When the run began: the time of what was not read in a snapshot. */
  startedAt: string
  versions: Record<string, string>
  components: readonly ComponentResult[]
  /** Which part of the database the backup is of; undefined for a full one. */
  partial?: PartialBackup | undefined
}

/**
 * Writes RECOVERY.md, which tells how to restore the generation without this toolkit, and the files that its commands use:
 * each component adds its part.
 */
export async function writeRecovery(options: RecoveryOptions): Promise<void> {
  const { generation, project, snapshotAt, startedAt, versions, toolVersion, components, partial } = options
  const held = new Set(components.filter(isHeld).map(({ component }) => component))
  const parts: RecoveryPart[] = []
  const sections: string[] = []
  for (const { name, title = name, recovery, within } of allComponents) {
    if (within !== undefined && held.has(within) && !held.has(name)) continue
    const heading = `## ${partsBefore + sections.length + 1}. ${title.replace(/^./, (first) => first.toUpperCase())}`
    const part = held.has(name) ? await recovery?.({ generation, versions, partial }) : absent(title)
    if (part === undefined) continue
    parts.push(part)
    sections.push(`${heading}\n\n${part.text.trim()}\n`)
  }
  const values: Record<string, string> = {
    ...Object.assign({}, ...parts.map((part) => part.values)),
    kind: partial === undefined ? 'one complete backup' : `a partial backup, of ${describePartial(partial)},`,
    project: project.name,
    address: project.url === null ? '' : ` (${project.url})`,
    snapshotAt: snapshotAt ?? startedAt,
    tool: toolVersion,
    format: String(formatOf(options)),
    programs: list(['Borg', ...parts.flatMap(({ programs = [] }) => programs)]),
    coverage: await coverageText(options),
    coverageNumber: String(partsBefore + sections.length + 1),
    last: String(partsBefore + sections.length + 2),
    manual: manualSteps(
      components,
      parts.flatMap(({ manual = [] }) => manual),
    ),
  }
  const page = (await readFile(template, 'utf8')).replace('{{parts}}', () => sections.join('\n'))
  const text = conditional(page, held).replace(/\{\{(\w+)\}\}/g, (_, name: string) => values[name] ?? '')
  await writeFileAtomic(join(generation, 'RECOVERY.md'), text)
}

function absent(title: string): RecoveryPart {
  return { text: `This backup does not hold ${title}.` }
}

/** The coverage matrix; of a part of something its words instead of the rows, which are about all of it. */
async function coverageText({ partial, components, generation }: RecoveryOptions): Promise<string> {
  const whole = allComponents.filter(({ takesParts }) => partial === undefined || !takesParts)
  const isThere = (path: string) => existsSync(join(generation, path))
  const rows = coverageOf(await coverageRows(whole), components, isThere)
  return partial === undefined
    ? rows
    : `Of the database: ${describePartial(partial)}, and nothing else.\n\n${rows}`
}

/** Drops what is about components that the backup does not hold: `{{#database}}` to `{{/database}}`, or `{{^…}}` if it does. */
function conditional(text: string, held: ReadonlySet<string>): string {
  return text.replace(
    /^\{\{([#^])(\w+)\}\}\n([\s\S]*?)^\{\{\/\2\}\}\n/gm,
    (_, sign: string, component: string, part: string) =>
      held.has(component) === (sign === '#') ? conditional(part, held) : '',
  )
}

function list(names: readonly string[]): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')
}

function manualSteps(components: readonly ComponentResult[], ofParts: readonly string[]): string {
  const findings = components.flatMap((result) =>
    result.findings.filter(({ severity }) => severity !== 'note'),
  )
  const steps = [
    ...findings.map(
      ({ message, names }) => `${message}${names.length === 0 ? '' : ` (${names.join(', ')})`}`,
    ),
    ...ofParts,
  ]
  return (steps.length === 0 ? ['Nothing else is known of.'] : steps).map((step) => `- ${step}`).join('\n')
}
