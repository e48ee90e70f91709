import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { readPlainFile, writeFileAtomic } from '../common/files.ts'
import type { PartState, Values } from './part.ts'

const entrySchema = z.looseObject({
  name: z.string(),
  /**
   * `saved`; `absent`: the project has nothing of it; `stale`: it could not be read, and this is the last good copy; `unread`: it
   * could not, and there is none; `left-out`: the operator said so.
   */
  status: z.enum(['saved', 'absent', 'stale', 'unread', 'left-out']).catch('unread'),
  /** When it was read, ISO 8601, UTC. */
  takenAt: z.string().nullable().default(null),
  /** Secrets that were set, and are not in the backup. */
  secrets: z.array(z.string()).default([]),
  /** Fields of the answer that the toolkit did not know; their values are not in the backup. */
  unknown: z.array(z.string()).default([]),
  /** Fields that the answer should have had. */
  missing: z.array(z.string()).default([]),
})
export type PartEntry = z.infer<typeof entrySchema>

/** The newest form of `settings/index.json` that this toolkit reads, and the one that it writes. */
const indexFormat = 1

const indexSchema = z.looseObject({
  format: z.number(),
  /** The reference of the project. */
  ref: z.string(),
  parts: z.array(entrySchema),
})

/** A part as a backup has it. */
export interface SavedPart extends PartEntry {
  values: Values
}

/** The settings that a backup holds. */
export interface SavedSettings {
  ref: string
  parts: SavedPart[]
}

export const settingsFolder = 'settings'

/** Writes `settings/index.json` and `settings/<part>.json`, which holds the values alone. */
export async function writeSettings(generation: string, { ref, parts }: SavedSettings): Promise<void> {
  const folder = join(generation, settingsFolder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const { name, values, status } of parts)
    if (holdsValues(status)) await writeFileAtomic(join(folder, `${name}.json`), jsonOf(values))
  const entries = parts.map(({ values: _, ...entry }) => entry)
  await writeFileAtomic(join(folder, 'index.json'), jsonOf({ format: indexFormat, ref, parts: entries }))
}

/**
 * Reads them. Parts that another version of the toolkit has are among them.
 * @throws BackupError SETTINGS_DAMAGED, SETTINGS_TOO_NEW
 */
export async function readSettings(generation: string): Promise<SavedSettings> {
  const folder = join(generation, settingsFolder)
  const { ref, parts, format } = await readJson(join(folder, 'index.json'), indexSchema)
  if (format > indexFormat) throw tooNew(format)
  const saved: SavedPart[] = []
  for (const entry of parts) {
    // The name becomes a path.
    if (!/^[a-z][a-z0-9-]*$/.test(entry.name)) continue
    const values = holdsValues(entry.status)
      ? await readJson(join(folder, `${entry.name}.json`), z.record(z.string(), z.unknown()))
      : {}
    saved.push({ ...entry, values })
  }
  return { ref, parts: saved }
}

/** The entry of a part that was read now. */
export function entryOf(name: string, { secrets, unknown, missing }: PartState, takenAt: string): PartEntry {
  return { name, status: 'saved', takenAt, secrets, unknown, missing }
}

export function holdsValues(status: PartEntry['status']): boolean {
  return status === 'saved' || status === 'stale'
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

async function readJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value> {
  try {
    return schema.parse(JSON.parse(await readPlainFile(path)))
  } catch (cause) {
    throw new BackupError({
      code: 'SETTINGS_DAMAGED',
      message: `${path} of the backup cannot be read.`,
      detail: cause instanceof Error ? cause.message : String(cause),
      suggestion:
        'Choose another archive (restore.sh --list shows them), or leave the settings out with --only.',
      phase: 'settings/read',
      cause,
    })
  }
}

function tooNew(format: number): BackupError {
  return new BackupError({
    code: 'SETTINGS_TOO_NEW',
    message: `The settings of this backup are in format ${format}; this toolkit reads formats up to ${indexFormat}.`,
    suggestion: 'Upgrade the toolkit (git pull, then ./install.sh) and try again.',
    phase: 'settings/read',
  })
}
