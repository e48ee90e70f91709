import { formatBytes, plural } from '../common/units.ts'
import type { Change } from './changes.ts'
import type { BackupDiff } from './diff.ts'
import type { BucketChange, StorageChanges } from './objects.ts'
import type { TableChange } from './rows.ts'

const marks = { added: '+', removed: '-', changed: '~' } as const

/** Names of a bucket's objects that are printed; --json has more. */
const namesShown = 20

/** What changed, in lines for people. */
export function diffLines({ from, to, equal, database, storage }: BackupDiff): string[] {
  const head = [sideLine('From', from), sideLine('To  ', to), '']
  if (equal) return [...head, 'Nothing changed.', ...leftOut(database, storage)]
  return [
    ...head,
    ...(database ? section('Definitions', database.definitions.flatMap(changeLines)) : []),
    ...(database ? section('Roles, settings, extensions, jobs', database.catalog.flatMap(changeLines)) : []),
    ...(database ? section('Rows', rowLines(database)) : []),
    ...(storage ? section('Storage', storageLines(storage)) : []),
    ...leftOut(database, storage),
  ]
}

function sideLine(label: string, { source, snapshotAt }: BackupDiff['from']): string {
  return `${label} ${source}${snapshotAt === null ? '' : `, as it was on ${snapshotAt}`}`
}

function section(title: string, lines: readonly string[]): string[] {
  return [title, ...(lines.length === 0 ? ['  no change'] : lines.map((line) => `  ${line}`)), '']
}

/** A name in one line, whatever it is made of. */
function oneLine(name: string): string {
  return /[\p{Cc}]/u.test(name) ? JSON.stringify(name) : name
}

function changeLines({ change, kind, name, diff }: Change): string[] {
  const lines =
    diff === undefined ? [] : diff.split('\n').filter((line) => !line.startsWith('@@') || line === '')
  return [`${marks[change]} ${kind} ${oneLine(name)}`, ...lines.map((line) => `      ${line}`)]
}

function rowLines({ tables, equal, users, sequences }: NonNullable<BackupDiff['database']>): string[] {
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

function storageLines({ buckets, objects, equal }: StorageChanges): string[] {
  return [
    ...buckets.flatMap(changeLines),
    ...objects.flatMap(bucketLines),
    `${plural(equal, 'object')} the same`,
  ]
}

function bucketLines({
  bucket,
  added,
  removed,
  changed,
  bytesBefore,
  bytesAfter,
  objects,
}: BucketChange): string[] {
  const counts = [
    ...(added > 0 ? [`${plural(added, 'object')} added`] : []),
    ...(removed > 0 ? [`${plural(removed, 'object')} removed`] : []),
    ...(changed > 0 ? [`${plural(changed, 'object')} changed`] : []),
  ]
  const more = added + removed + changed - Math.min(objects.length, namesShown)
  return [
    `${oneLine(bucket)}: ${counts.join(', ')}; ${formatBytes(bytesBefore)} -> ${formatBytes(bytesAfter)}`,
    ...objects.slice(0, namesShown).map(({ change, name }) => `    ${marks[change]} ${oneLine(name)}`),
    ...(more > 0 ? [`    and ${more.toLocaleString('en-US')} more; --json lists the first thousand`] : []),
  ]
}

function leftOut(database: BackupDiff['database'], storage: BackupDiff['storage']): string[] {
  return [
    ...(database ? [] : ['Not both have a database, so the databases were not compared.']),
    ...(storage ? [] : ['Not both have Storage, so the objects were not compared.']),
  ]
}
