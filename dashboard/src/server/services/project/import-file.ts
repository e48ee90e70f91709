import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { Problem } from '../../problem.ts'
import { openFile, sealedFileSchema } from './sealed-file.ts'
import type { Values } from './variables.ts'

/** So many projects are in a file at most. */
const mostRows = 1000
/** Below what a request may have. */
const mostFileCharacters = 900_000

export const importFileSchema = z.object({
  format: z.enum(['csv', 'json']),
  text: z.string().max(mostFileCharacters, 'is more than fits; import it in parts'),
  /** Of a sealed export. */
  passphrase: z.string().max(256).optional(),
})

/** A project as a file has it; what is not said of it stays as it is. */
export interface FileRow {
  /** As people count them: 1 is the first project of the file. */
  row: number
  name: string
  environment?: string | null | undefined
  groups?: string[] | undefined
  tags?: string[] | undefined
  values: Values
}

const jsonRow = z.object({
  name: z.string(),
  environment: z.string().nullish(),
  groups: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  settings: z.record(z.string(), z.coerce.string()).default({}),
  secrets: z.record(z.string(), z.coerce.string()).default({}),
})
const jsonFile = z.union([z.array(jsonRow), z.object({ projects: z.array(jsonRow) })])

/** Reads a file of projects. @throws Problem IMPORT_UNREADABLE, PASSPHRASE_NEEDED, PASSPHRASE_WRONG */
export async function readImport(input: z.infer<typeof importFileSchema>): Promise<FileRow[]> {
  const rows = input.format === 'csv' ? rowsOfCsv(input.text) : await rowsOfJson(input)
  if (rows.length > mostRows)
    throw unreadable(`It has ${rows.length} projects, and ${mostRows} at most are taken at once.`)
  if (rows.length === 0) throw unreadable('There is no project in it.')
  return rows
}

const columns = ['name', 'environment', 'groups', 'tags']

function rowsOfCsv(text: string): FileRow[] {
  const records = recordsOf(text)
  const names = Object.keys(records[0] ?? {})
  if (!names.includes('name')) throw unreadable('Its first line has no column called name.')
  return records.map((record, index) => {
    const { name = '', environment, groups, tags, ...rest } = record
    return {
      row: index + 1,
      name: name.trim(),
      ...(environment !== undefined && { environment: environment.trim() || null }),
      ...(groups !== undefined && { groups: labelsOf(groups) }),
      ...(tags !== undefined && { tags: labelsOf(tags) }),
      // An empty cell says nothing: another project of the file may need that column.
      values: Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== '')),
    }
  })
}

function recordsOf(text: string): Record<string, string>[] {
  try {
    const rows: unknown = parse(text, { columns: true, bom: true, trim: true, skip_empty_lines: true })
    return z.array(z.record(z.string(), z.string())).parse(rows)
  } catch (error) {
    if (error instanceof CsvError) throw unreadable(shortened(error.message))
    throw error
  }
}

/** The parser quotes what it stumbled over, which may be a secret. */
function shortened(message: string): string {
  return `${message.split(/[:,]/)[0]}${/ at line \d+| on line \d+/.exec(message)?.[0] ?? ''}.`
}

function labelsOf(cell: string): string[] {
  return cell
    .split(';')
    .map((label) => label.trim())
    .filter((label) => label !== '')
}

async function rowsOfJson({ text, passphrase }: z.infer<typeof importFileSchema>): Promise<FileRow[]> {
  const document = parseJson(text)
  const sealed = sealedFileSchema.safeParse(document)
  if (sealed.success) {
    if (!passphrase)
      throw new Problem({
        status: 400,
        code: 'PASSPHRASE_NEEDED',
        message: 'This export is sealed.',
        suggestion: 'Type the passphrase that it was exported with.',
      })
    return rowsOfJson({ format: 'json', text: await openFile(sealed.data, passphrase) })
  }
  const parsed = jsonFile.safeParse(document)
  if (!parsed.success) throw unreadable('It is not a list of projects, each with a name and its settings.')
  const rows = Array.isArray(parsed.data) ? parsed.data : parsed.data.projects
  return rows.map(({ name, environment, groups, tags, settings, secrets }, index) => ({
    ...{ row: index + 1, name: name.trim(), environment, groups, tags },
    values: { ...settings, ...secrets },
  }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable('It is no JSON.')
  }
}

function unreadable(detail: string): Problem {
  return new Problem({
    status: 400,
    code: 'IMPORT_UNREADABLE',
    message: 'This file cannot be read as projects.',
    detail,
    suggestion: `Begin with an export: it has the columns ${columns.join(', ')}, and one for each setting.`,
  })
}
