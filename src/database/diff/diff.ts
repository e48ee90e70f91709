import { plural } from '../../common/units.ts'
import type { ComponentDiff } from '../../components/component.ts'
import { changeLines, marks, oneLine, section } from '../../diff/lines.ts'
import { compareCatalogs } from './catalog.ts'
import { compareDefinitions } from './definitions.ts'
import { compareRows, type RowChanges, type TableChange } from './rows.ts'

/** What changed in the database from one backup to another: definitions, facts of the catalogue, rows. */
export async function diffDatabases(before: string, after: string): Promise<ComponentDiff> {
  const definitions = await compareDefinitions(before, after)
  const catalog = await compareCatalogs(before, after)
  const rows = await compareRows(before, after)
  return {
    document: { definitions, catalog, ...rows },
    equal: definitions.length + catalog.length + rows.tables.length + rows.sequences === 0,
    lines: [
      ...section('Definitions', definitions.flatMap(changeLines)),
      ...section('Roles, settings, extensions, jobs', catalog.flatMap(changeLines)),
      ...section('Rows', rowLines(rows)),
    ],
  }
}

function rowLines({ tables, equal, users, sequences }: RowChanges): string[] {
  const width = Math.max(0, ...tables.map(({ schema, name }) => oneLine(`${schema}.${name}`).length))
  return [
    ...tables.map((table) => tableLine(table, width)),
    ...(users?.changed
      ? [
          `users: ${users.before === users.after ? `${users.after}, some of them changed` : `${users.before} -> ${users.after}`}`,
        ]
      : []),
    ...(sequences > 0 ? [`${plural(sequences, 'sequence')} moved`] : []),
    `${plural(equal, 'table')} the same row by row`,
  ]
}

function tableLine({ change, schema, name, rowsBefore, rowsAfter }: TableChange, width: number): string {
  const label = `${marks[change]} ${oneLine(`${schema}.${name}`).padEnd(width)}`
  const count = (rows: number | null) => (rows ?? 0).toLocaleString('en-US')
  if (change !== 'changed') return `${label}  ${plural(rowsAfter ?? rowsBefore ?? 0, 'row')}`
  return rowsBefore === rowsAfter
    ? `${label}  ${count(rowsAfter)} rows, not the same`
    : `${label}  ${count(rowsBefore)} -> ${count(rowsAfter)} rows`
}
