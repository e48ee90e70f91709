import { createHash } from 'node:crypto'
import { z } from 'zod'

/** What of a database a backup holds: everything, definitions, rows, or roles with their memberships and settings. */
export const backupTypes = ['full', 'schema', 'data', 'roles'] as const
export type BackupType = (typeof backupTypes)[number]

/**
 * What a backup of a part of a project's database holds, as its manifest and reports say it. A full backup has none of this: what
 * does not say so is one, also of earlier versions.
 */
export const partialSchema = z.object({
  type: z.enum(backupTypes).describe('full, where only some schemas, or not all tables, were backed up'),
  schemas: z.array(z.string()).describe('The schemas that were asked for; empty for all'),
  excludeTables: z
    .array(z.string())
    .describe('The patterns of tables that were left out, as they were given'),
  excludedTables: z
    .array(z.object({ schema: z.string(), name: z.string() }))
    .default([])
    .describe('The tables, views and sequences that these matched'),
})
export type PartialBackup = z.infer<typeof partialSchema>

/** What an archive's name says of the type, of which `full` is that of a part. */
const wordOf: Record<BackupType, string> = { full: 'part', schema: 'schema', data: 'data', roles: 'roles' }

/** Hexadecimal digits that tell one selection from another. */
const digits = 8

/**
 * What stands behind the time in the name of a partial backup's archive: `schema`, or with a selection `data-9c1f02b4`. The same for
 * the same part, so that retention counts those that can take each other's place, and no others.
 * @param components of the backup, where they are more than what a part is of
 */
export function partOf(
  { type, schemas, excludeTables }: Pick<PartialBackup, 'type' | 'schemas' | 'excludeTables'>,
  components: readonly string[] = [],
): string {
  const chosen = [schemas, excludeTables, components].map((names) => [...new Set(names)].sort())
  if (chosen.every((names) => names.length === 0)) return wordOf[type]
  const digest = createHash('sha256').update(JSON.stringify(chosen)).digest('hex')
  return `${wordOf[type]}-${digest.slice(0, digits)}`
}

/** The pattern of what `partOf` gives. */
export const partPattern = `(?:${Object.values(wordOf).join('|')})(?:-[0-9a-f]{${digits}})?`

/** The type that such a word tells. */
export function typeOfPart(part: string): BackupType {
  const word = part.split('-')[0]
  return backupTypes.find((type) => wordOf[type] === word) ?? 'full'
}
