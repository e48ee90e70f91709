import { join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { PartialBackup } from '../../common/partial.ts'
import { describePartial } from '../../common/partial-words.ts'
import { type ContentsEntry, nameOf, readContents } from '../rules/contents.ts'
import { isManagedSchema } from '../rules/platform.ts'
import { isContents, relationTypes, requiredBy, type Selection, selectEntries } from '../rules/selection.ts'
import { leaveOutAsked } from './left-out.ts'
import type { DatabasePart } from './part.ts'

/** The part of a database that a restore is about, where that is not all, and what its backup was made without. */
export interface HeldPart {
  part: DatabasePart | undefined
  /** Entries of the dump, as `nameOf` spells them. */
  notHeld: string[]
}

/**
 * What a restore brings, of what was asked, from a backup that may be a partial one.
 * @param options.asked by the flags of the restore; undefined for all that the backup holds
 * @param options.disposable rows alone get their tables there, too
 * @throws BackupError PARTIAL_MISMATCH where the backup does not hold what was asked
 */
export async function heldPart(options: {
  generation: string
  partial: PartialBackup | undefined
  asked: DatabasePart | undefined
  disposable: boolean
}): Promise<HeldPart> {
  const { generation, partial, asked, disposable } = options
  if (partial === undefined) return { part: asked, notHeld: [] }
  if (partial.type === 'roles') {
    if (asked !== undefined) throw mismatch(partial, 'It holds neither schemas nor tables.')
    return { part: { selection: undefined, contents: 'roles', intoSchema: undefined }, notHeld: [] }
  }
  const { entries } = await readContents(join(generation, 'database', 'dump'))
  const whole = selectionOf(partial, entries)
  if (asked?.selection) refuseNotHeld(asked.selection, partial, whole)
  const selection = asked?.selection ?? whole
  const contents = contentsOf(partial, asked, disposable)
  const isAll = selection === undefined && contents === 'all'
  return {
    part: isAll ? undefined : { selection, contents, intoSchema: asked?.intoSchema },
    notHeld: notHeldOf(partial, entries),
  }
}

function contentsOf(
  partial: PartialBackup,
  asked: DatabasePart | undefined,
  disposable: boolean,
): DatabasePart['contents'] {
  if (partial.type === 'schema') {
    if (asked?.contents === 'rows') throw mismatch(partial, 'It holds no rows.')
    return 'definitions'
  }
  if (partial.type !== 'data') return asked?.contents ?? 'all'
  if (asked?.contents === 'definitions' || asked?.intoSchema !== undefined)
    throw mismatch(partial, 'It holds rows for tables that are there, and no definitions.')
  return disposable ? 'all' : 'rows'
}

/** @throws BackupError PARTIAL_MISMATCH */
function refuseNotHeld(asked: Selection, partial: PartialBackup, whole: Selection | undefined): void {
  const schemas = [...asked.schemas, ...asked.tables.map(({ schema }) => schema)]
  const outside = whole && schemas.filter((name) => !whole.schemas.includes(name))
  if (outside && outside.length > 0)
    throw mismatch(partial, `It holds nothing of the schema ${[...new Set(outside)].join(', ')}.`)
  const left = asked.tables.filter((table) =>
    partial.excludedTables.some(({ schema, name }) => schema === table.schema && name === table.name),
  )
  if (left.length > 0)
    throw mismatch(
      partial,
      `It was made without ${left.map(({ schema, name }) => `${schema}.${name}`).join(', ')}.`,
    )
}

function mismatch(partial: PartialBackup, because: string): BackupError {
  return new BackupError({
    code: 'PARTIAL_MISMATCH',
    message: `This is a partial backup, of ${describePartial(partial)}. ${because}`,
    suggestion: 'Ask for what it holds, or restore from another: restore.sh --list shows which there are.',
    phase: 'database/selection',
    exitCode: ExitCode.usage,
  })
}

/** The schemas that a backup of chosen ones, or of rows alone, is of; undefined where it is of the whole database. */
function selectionOf(
  { type, schemas }: Pick<PartialBackup, 'type' | 'schemas'>,
  entries: readonly ContentsEntry[],
): Selection | undefined {
  if (schemas.length > 0) return { schemas, tables: [] }
  if (type !== 'data') return undefined
  const filled = entries.filter(({ desc }) => desc === 'TABLE DATA').map(({ namespace }) => namespace)
  return { schemas: [...new Set(filled)].filter((name) => !isManagedSchema(name)).sort(), tables: [] }
}

/** The entries of what was left out of a backup; the tables of the platform are there without it. */
export function notHeldOf(
  { excludedTables }: Pick<PartialBackup, 'excludedTables'>,
  entries: readonly ContentsEntry[],
): string[] {
  const keyOf = (schema: string, name: string) => JSON.stringify([schema, name])
  const excluded = new Set(
    excludedTables
      .filter(({ schema }) => !isManagedSchema(schema))
      .map(({ schema, name }) => keyOf(schema, name)),
  )
  return entries
    .filter(
      ({ desc, namespace, tag }) =>
        [...relationTypes, 'SEQUENCE'].includes(desc) && excluded.has(keyOf(namespace, tag)),
    )
    .map(nameOf)
}

/** What of its dump a partial backup is of, with what that is made of. */
export async function entriesOfPart(
  partial: PartialBackup,
  entries: readonly ContentsEntry[],
): Promise<ReadonlySet<ContentsEntry>> {
  const left = leaveOutAsked([], entries, notHeldOf(partial, entries)).entries
  const selection = selectionOf(partial, entries)
  const selected = selection === undefined ? new Set(entries) : await selectEntries(entries, selection)
  const wanted = selected.union(requiredBy(selected, entries)).difference(left)
  if (partial.type !== 'data') return wanted
  return new Set([...wanted].filter((entry) => selected.has(entry) && isContents(entry)))
}
