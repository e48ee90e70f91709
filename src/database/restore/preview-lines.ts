import type { Finding } from '../../common/findings.ts'
import { changeSigns, count, printable, section } from '../../common/preview-text.ts'
import { plural } from '../../common/units.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { type DatabasePart, describePart } from './part.ts'
import type { DatabasePreview, ObjectPreview, TablePreview } from './preview.ts'

/** Characters of a definition's line. */
const shown = 100

/**
 * What becomes of a database, in lines.
 * @param part of it, where it is not all
 * @param limit how many things of a kind are listed; what is more is counted
 */
export function databaseLines(
  preview: DatabasePreview,
  part: DatabasePart | undefined,
  limit: number,
): string[] {
  const { tables, objects, extensions, findings } = preview
  return [
    '',
    `Database: ${part ? describePart(part).join('; ') : 'the whole of it is replaced'}`,
    ...(part?.contents === 'roles' ? [] : [`  ${rowsLine(tables)}`]),
    ...section('Rows, now → after', schemaLines(tables, limit)),
    ...(['create', 'change', 'drop'] as const).flatMap((change) =>
      section(
        `To ${change}`,
        limited(
          withPartitionsAsOne(objects.filter((object) => object.change === change)),
          limit,
          (lines) => lines,
        ),
      ),
    ),
    ...section('Extensions', [
      ...extensions.create.map((name) => `${changeSigns.create} ${name}`),
      ...extensions.move.map((name) => `${changeSigns.change} ${name}, into another schema`),
      ...extensions.missing.map((name) => `! ${name}, which the target does not offer`),
    ]),
    ...section('What the restore will report', limited(findings, limit, findingLines)),
  ].map(printable)
}

function limited<Item>(items: readonly Item[], limit: number, lines: (item: Item) => string[]): string[] {
  const more = items.length - limit
  const listed = items.slice(0, limit).flatMap(lines)
  return more > 0 ? [...listed, `and ${count(more)} more: see restore.sh --preview`] : listed
}

function sum(tables: readonly TablePreview[], side: 'now' | 'after'): number {
  return tables.reduce((total, table) => total + (table[side] ?? 0), 0)
}

function rowsLine(tables: readonly TablePreview[]): string {
  return `${plural(sum(tables, 'now'), 'row')} now, ${count(sum(tables, 'after'))} after`
}

/**
 * Each schema with its sum, and its tables; with a limit, only those whose number of rows changeSigns. A schema of the platform
 * has dozens of tables that no project uses: those that are empty and stay so are not listed.
 */
function schemaLines(tables: readonly TablePreview[], limit: number): string[] {
  const bySchema = Map.groupBy(tables, ({ schema }) => schema)
  return [...bySchema].flatMap(([schema, list]) => {
    const told = isManagedSchema(schema) ? list.filter(({ now, after }) => now !== 0 || after !== 0) : list
    const together = [
      ...Map.groupBy(told, ({ name, root }) => (root === undefined ? `table ${name}` : root)).values(),
    ]
    const changed = together.filter((group) => group.some(({ now, after }) => now !== after))
    const listed = Number.isFinite(limit) ? changed : together
    return [
      `${schema}: ${count(sum(list, 'now'))} → ${count(sum(list, 'after'))}, ${plural(list.length, 'table')}`,
      ...limited(listed, limit, (group) => [tableLine(group)]),
    ]
  })
}

/** A table, or the partitions of one. */
function tableLine(group: readonly TablePreview[]): string {
  const [first, second] = group
  if (first === undefined) return ''
  const total = (side: 'now' | 'after') =>
    count(group.every((table) => table[side] === null) ? null : sum(group, side))
  const name = second === undefined ? first.name : `${first.root}, ${plural(group.length, 'partition')}`
  return `  ${name}: ${total('now')} → ${total('after')}`
}

/** Objects in lines each; what is alike of several partitions of a table in one. */
function withPartitionsAsOne(objects: readonly ObjectPreview[]): string[][] {
  const groups = Map.groupBy(objects, ({ change, name, partition }) =>
    partition === undefined || change === 'change' ? name : JSON.stringify([partition.type, partition.root]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first, second] = group
    if (first?.partition === undefined || second === undefined) return group.map(objectLines)
    const { type, root } = first.partition
    return [[`${changeSigns[first.change]} ${type} of partitions of ${root}: ${count(group.length)}`]]
  })
}

/** Of a change the first lines that differ, now and after. */
function objectLines({ change, name, now, after }: ObjectPreview): string[] {
  const heading = `${changeSigns[change]} ${name}`
  if (change !== 'change') return [heading]
  return [heading, `    now    ${firstLine(now)}`, `    after  ${firstLine(after)}`]
}

function firstLine(text: string | null): string {
  const line = text?.split('\n')[0]?.trim() ?? ''
  if (line === '') return '(ends here)'
  return line.length > shown ? `${line.slice(0, shown)}…` : line
}

function findingLines({ message, names }: Finding): string[] {
  return [message, ...names.map((name) => `  ${name}`)]
}
