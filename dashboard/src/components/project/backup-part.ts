import type { StartOptions } from './start-form'

type BackupOptions = Extract<StartOptions, { kind: 'backup' }>
export type BackupType = NonNullable<BackupOptions['type']>

/** What of the database, as it stands in the form. */
export interface Part {
  type: BackupType
  /** Names, with commas between. */
  schemas: string
  /** Patterns, with commas between. */
  excludeTables: string
}

export const wholeDatabase: Part = { type: 'full', schemas: '', excludeTables: '' }

/** What is sent of it; nothing where it is the whole. Of roles there is nothing to be chosen. */
export function partOptions({ type, schemas, excludeTables }: Part): Omit<BackupOptions, 'kind'> {
  const isOfTables = type !== 'roles'
  const named = isOfTables ? namesIn(schemas).map(unquoted) : []
  const left = isOfTables ? namesIn(excludeTables) : []
  return {
    ...(type !== 'full' && { type }),
    ...(named.length > 0 && { schemas: named }),
    ...(left.length > 0 && { excludeTables: left }),
  }
}

/** Whether it is less than the whole database: then the backup is a partial one. */
export function isPartial(part: Part): boolean {
  return Object.keys(partOptions(part)).length > 0
}

/** A comma in double quotes belongs to its name. */
function namesIn(text: string): string[] {
  const found = text.match(/(?:"(?:[^"]|"")*"|[^,"]|")+/g) ?? []
  return found.map((name) => name.trim()).filter((name) => name !== '')
}

/** `"Odd, name"` is how SQL writes it; a schema is named as it is called. */
function unquoted(name: string): string {
  return /^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}
