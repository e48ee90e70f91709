import type { Finding } from '../common/findings.ts'
import { formatBytes, plural } from '../common/units.ts'
import { type DatabasePart, describePart } from '../database/restore/part.ts'
import type { DatabasePreview, ObjectPreview, TablePreview } from '../database/restore/preview.ts'
import { isManagedSchema } from '../database/rules/platform.ts'
import type { StoragePreview } from '../storage/restore/preview.ts'

/** Characters of a definition's line. */
const shown = 100

const changes = { create: '+', change: '~', drop: '-' } as const

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
    `  ${rowsLine(tables)}`,
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
      ...extensions.create.map((name) => `${changes.create} ${name}`),
      ...extensions.move.map((name) => `${changes.change} ${name}, into another schema`),
      ...extensions.missing.map((name) => `! ${name}, which the target does not offer`),
    ]),
    ...section('What the restore will report', limited(findings, limit, findingLines)),
  ].map(printable)
}

/**
 * What becomes of Storage, in lines.
 * @param keepExtra whether what the backup does not have stays
 */
export function storageLines(preview: StoragePreview, keepExtra: boolean, limit: number): string[] {
  const { bucketsToCreate, bucketsToChange, bucketsToRemove, examples } = preview
  const some = (sign: string, names: readonly string[], total: number) => {
    const listed = names.slice(0, limit)
    const more = total - listed.length
    return [...listed.map((name) => `${sign} ${name}`), ...(more > 0 ? [`  and ${count(more)} more`] : [])]
  }
  return [
    '',
    `Storage: made equal; ${plural(preview.objectsSame, 'object')} are so already`,
    ...section('Buckets', [
      ...bucketsToCreate.map((id) => `${changes.create} ${id}`),
      ...bucketsToChange.map(({ id, attributes }) => `${changes.change} ${id}: ${attributes.join(', ')}`),
      ...(keepExtra ? [] : bucketsToRemove.map((id) => `${changes.drop} ${id}`)),
    ]),
    ...section(
      `To send: ${plural(preview.objectsToSend, 'object')}, ${formatBytes(preview.bytesToSend)}`,
      some(changes.create, examples.send, preview.objectsToSend),
    ),
    ...section(
      `To rewrite where they are, as only their metadata differs: ${plural(preview.objectsToRewrite, 'object')}`,
      some(changes.change, examples.rewrite, preview.objectsToRewrite),
    ),
    ...(keepExtra
      ? []
      : section(
          `To remove, as the backup does not have them: ${plural(preview.objectsToRemove, 'object')}`,
          some(changes.drop, examples.remove, preview.objectsToRemove),
        )),
    ...(preview.objectsWithoutBytes === 0
      ? []
      : [
          `  ${plural(preview.objectsWithoutBytes, 'object')} of the backup ${preview.objectsWithoutBytes === 1 ? 'has' : 'have'} no bytes to bring`,
        ]),
  ].map(printable)
}

/** A line as a terminal may have it: names may hold line breaks and other control characters. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

/** A heading with what is below it; nothing where there is nothing. */
function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`  ${heading}`, ...lines.map((line) => `    ${line}`)]
}

function limited<Item>(items: readonly Item[], limit: number, lines: (item: Item) => string[]): string[] {
  const more = items.length - limit
  const listed = items.slice(0, limit).flatMap(lines)
  return more > 0 ? [...listed, `and ${count(more)} more: see restore.sh --preview`] : listed
}

function count(value: number | null): string {
  return value === null ? '—' : value.toLocaleString('en-US')
}

function sum(tables: readonly TablePreview[], side: 'now' | 'after'): number {
  return tables.reduce((total, table) => total + (table[side] ?? 0), 0)
}

function rowsLine(tables: readonly TablePreview[]): string {
  return `${plural(sum(tables, 'now'), 'row')} now, ${count(sum(tables, 'after'))} after`
}

/**
 * Each schema with its sum, and its tables; with a limit, only those whose number of rows changes. A schema of the platform
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
    return [[`${changes[first.change]} ${type} of partitions of ${root}: ${count(group.length)}`]]
  })
}

/** Of a change the first lines that differ, now and after. */
function objectLines({ change, name, now, after }: ObjectPreview): string[] {
  const heading = `${changes[change]} ${name}`
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
