import { z } from 'zod'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { ComponentResult } from '../../common/findings.ts'
import type { ComponentFlags } from '../../components/component.ts'
import { parseTableName, type QualifiedName, type Selection } from '../rules/selection.ts'
import { verifySelection } from '../verify/part.ts'
import { verifyDatabase } from '../verify/verify.ts'
import { enableLoginTriggers } from './login-triggers.ts'
import { type DatabaseRestore, type DatabaseRestoreOptions, restoreDatabase } from './restore.ts'
import type { RestoredPart } from './restored-part.ts'
import { restoreRoles } from './roles-only.ts'
import { restoreRows } from './rows-only.ts'
import { planSelection } from './selection-plan.ts'
import { restorePlanned } from './selective.ts'

/** A part of the database to restore. */
export interface DatabasePart {
  /** Undefined for all of it. */
  selection: Selection | undefined
  /** `roles`: nothing but these, with their memberships and settings. */
  contents: 'all' | 'rows' | 'definitions' | 'roles'
  /** Beside what is there, under this name. */
  intoSchema: string | undefined
}

function usageError(message: string, suggestion: string): BackupError {
  return new BackupError({
    ...{ code: 'SELECTION_INVALID', message, suggestion },
    phase: 'database/selection',
    exitCode: ExitCode.usage,
  })
}

const flagsSchema = z.object({
  schema: z.array(z.string()).optional(),
  table: z.array(z.string()).optional(),
  'data-only': z.boolean().optional(),
  'schema-only': z.boolean().optional(),
  'into-schema': z.string().optional(),
})

/** What they choose among the flags of all components. @throws BackupError SELECTION_INVALID */
export function partIn(flags: ComponentFlags): Promise<DatabasePart | undefined> {
  return partOf(flagsSchema.parse(flags))
}

/** What the flags choose; undefined for the whole database. @throws BackupError SELECTION_INVALID */
async function partOf(flags: {
  schema?: string[] | undefined
  table?: string[] | undefined
  'data-only'?: boolean | undefined
  'schema-only'?: boolean | undefined
  'into-schema'?: string | undefined
}): Promise<DatabasePart | undefined> {
  const { schema: schemas = [], table = [], 'into-schema': intoSchema } = flags
  const [rows, definitions] = [flags['data-only'] ?? false, flags['schema-only'] ?? false]
  if (rows && definitions)
    throw usageError('--data-only and --schema-only together leave nothing to restore.', 'Give one of them.')
  const selects = schemas.length + table.length > 0
  if (!selects && (rows || intoSchema !== undefined))
    throw usageError(
      `${rows ? '--data-only' : '--into-schema'} needs to know what is to be restored.`,
      'Give --schema NAME, or --table SCHEMA.NAME, as often as needed.',
    )
  if (rows && intoSchema !== undefined)
    throw usageError(
      'A schema beside what is there has no tables yet to take rows.',
      'Leave --data-only out.',
    )
  if (!selects && !definitions) return undefined
  const tables = await Promise.all(table.map(parseTableName))
  return {
    selection: selects ? { schemas, tables } : undefined,
    contents: rows ? 'rows' : definitions ? 'definitions' : 'all',
    intoSchema,
  }
}

function withoutWeakenings({ weakened: _, ...result }: DatabaseRestore): ComponentResult {
  return result
}

/**
 * Restores a part of the database, in one transaction. Rows are compared with the backup before the COMMIT, definitions
 * with their privileges after it.
 */
export async function restorePart(
  part: DatabasePart,
  options: DatabaseRestoreOptions,
): Promise<RestoredPart> {
  const { selection, contents, intoSchema } = part
  if (contents === 'roles') return restoreRoles(options)
  if (selection === undefined) {
    const whole = await restoreDatabase({ ...options, schemaOnly: true })
    const disarmed = !options.arm
    const verification = await verifyDatabase({ ...options, ...whole, definitionsOnly: true, disarmed })
    await enableLoginTriggers(options.target, whole.weakened)
    return { result: withoutWeakenings(whole), verification }
  }
  if (contents === 'rows')
    return { result: await restoreRows({ ...options, selection }), verification: undefined }
  const chosen = { ...options, selection, intoSchema, schemaOnly: contents === 'definitions' }
  const plan = await planSelection(chosen)
  const { weakened, ...result } = await restorePlanned(chosen, plan)
  return { result, verification: await verifySelection({ ...chosen, weakened }, plan) }
}

/** What will happen, in lines. */
export function describePart({ selection, contents, intoSchema }: DatabasePart): string[] {
  if (contents === 'roles')
    return [
      'the roles of the backup, their memberships and settings are made as it has them',
      'other roles, and everything else, stay as they are',
    ]
  if (selection === undefined)
    return ['the whole database is replaced by its definitions: it will hold no rows and no users']
  const name = ({ schema, name: table }: QualifiedName) => `${schema}.${table}`
  const what = [
    ...selection.schemas.map((schema) => `schema ${schema}`),
    ...selection.tables.map((table) => `table ${name(table)}`),
  ].join(', ')
  if (intoSchema !== undefined) return [`${what}: restored beside what is there, as schema ${intoSchema}`]
  const done = {
    all: 'replaced',
    rows: 'its rows are replaced, its definitions stay',
    definitions: 'replaced by its definitions: it will hold no rows',
  }
  return [`${what}: ${done[contents]}`, 'everything else stays as it is']
}
