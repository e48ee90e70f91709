import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError, ExitCode } from './errors.ts'
import { NotPlainFile, readPlainBytes, writeFileAtomic } from './files.ts'
import { partialSchema } from './partial.ts'

/** The newest generation format this toolkit reads. */
const newestFormat = 3

/**
 * The format this toolkit writes. A partial backup has one of its own, so that an earlier version, which does not know that there are
 * such, refuses it and does not take it for everything. Nothing else differs: a full backup stays readable for that version.
 */
export function formatOf({ partial }: { partial?: unknown }): number {
  return partial === undefined ? 2 : newestFormat
}

export const findingSchema = z.object({
  component: z.string(),
  severity: z.enum(['degraded', 'manual', 'note']),
  kind: z.string(),
  count: z.number().int(),
  message: z.string(),
  names: z.array(z.string()),
})

export const componentResultSchema = z.object({
  component: z.string(),
  status: z.enum(['complete', 'degraded', 'failed', 'skipped', 'carried', 'stale']),
  takenAt: z.string().optional(),
  seconds: z.number(),
  counts: z.record(z.string(), z.number()),
  lists: z.record(z.string(), z.string()).optional(),
  findings: z.array(findingSchema),
})

const fileSchema = z.object({ bytes: z.number().int(), sha256: z.string() })

const manifestSchema = z.looseObject({
  format: z.number().int().min(1).max(newestFormat),
  tool: z.object({ name: z.literal('supabase-backup'), version: z.string() }),
  /** The run that made the generation. */
  runId: z.string(),
  project: z.looseObject({ name: z.string(), ref: z.string().nullable(), url: z.string().nullable() }),
  /** When the run began, and when the database snapshot was taken: ISO 8601, UTC. */
  startedAt: z.string(),
  snapshotAt: z.string().nullable(),
  status: z.enum(['complete', 'degraded']),
  /** Which part of the database it is of; a full backup does not say. */
  partial: partialSchema.optional(),
  /** What the backup has of each, also of those that only another version of the toolkit knows. */
  components: z.array(componentResultSchema),
  /** Versions of server, clients and platform services, e.g. `server: 15.20`, `auth: 20260601000000`. */
  versions: z.record(z.string(), z.string()),
  /**
   * Every file of the generation but this one and those that a component lists, with their hashes, in files of its own
   * (themselves listed here). Keys are paths relative to the generation.
   */
  files: z.record(z.string(), fileSchema),
})

export type Manifest = z.infer<typeof manifestSchema>

/**
 * A manifest as it is read, by the rule of the format number: what a reader cannot do without is only added with a new one.
 * Fields that are not known are kept as they are, and a severity or status that is not known is the one that warns.
 */
const readSchema = manifestSchema.extend({
  tool: manifestSchema.shape.tool.loose(),
  partial: partialSchema.loose().optional(),
  files: z.record(z.string(), fileSchema.loose()),
  status: z.enum(['complete', 'degraded']).catch('degraded'),
  components: z.array(
    componentResultSchema.loose().extend({
      status: componentResultSchema.shape.status.catch('degraded'),
      seconds: z.number().default(0),
      counts: z.record(z.string(), z.number()).default({}),
      findings: z
        .array(findingSchema.loose().extend({ severity: findingSchema.shape.severity.catch('note') }))
        .default([]),
    }),
  ),
})

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** The last two lines of a manifest; the seal is the SHA-256 of all bytes before them. */
const sealLines = /\n {2}"seal": "([0-9a-f]{64})"\n\}\n$/
const sealLength = `  "seal": "${sha256('')}"\n}\n`.length

/**
 * Writes `manifest.json` with its seal, in the format that it takes: the last file of a generation to be written. Fields that are
 * not known are written as they are.
 */
export async function writeManifest(generation: string, manifest: Manifest): Promise<void> {
  const fields = { ...manifest, format: formatOf(manifest) }
  manifestSchema.parse(fields)
  const bytes = `${JSON.stringify(fields, null, 2).slice(0, -'\n}'.length)},\n`
  await writeFileAtomic(join(generation, 'manifest.json'), `${bytes}  "seal": "${sha256(bytes)}"\n}\n`)
}

/**
 * Whether a manifest is as it was sealed; undefined where it has no seal.
 * @param fields what it says but the seal, with all that is not known, in the order of the file
 */
function isAsSealed(bytes: Buffer, fields: Record<string, unknown>, seal: unknown): boolean | undefined {
  if (seal === undefined) return undefined
  // The first format sealed the other fields as JSON without spaces.
  if (fields['format'] === 1) return seal === sha256(JSON.stringify(fields))
  const end = bytes.subarray(-sealLength - 1).toString('latin1')
  return sealLines.exec(end)?.[1] === seal && seal === sha256(bytes.subarray(0, -sealLength))
}

/**
 * Reads a generation's manifest, of this format or an older one.
 * @throws BackupError when it is missing, of a newer format, malformed, or not as it was sealed.
 */
export async function readManifest(generation: string): Promise<Manifest> {
  const path = join(generation, 'manifest.json')
  const bytes = await readPlainBytes(path).catch((error: NodeJS.ErrnoException) => {
    throw broken(
      `There is no readable manifest at ${path}, so this is not a complete generation.`,
      error instanceof NotPlainFile ? error.message : error.code,
    )
  })
  const { seal, ...fields } = parseSealed(bytes.toString('utf8'), path)
  requireFormat(fields)
  const parsed = readSchema.safeParse(fields)
  const asSealed = isAsSealed(bytes, fields, seal)
  if (asSealed === false) throw broken(`The manifest at ${path} was altered: its seal does not match.`)
  if (!parsed.success) throw broken(`The manifest at ${path} is damaged.`, z.prettifyError(parsed.error))
  if (asSealed === undefined) throw broken(`The manifest at ${path} is damaged.`, 'it has no seal')
  return parsed.data
}

function parseSealed(text: string, path: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    throw broken(`The manifest at ${path} is damaged: it is not JSON.`)
  }
}

/** @throws BackupError FORMAT_TOO_NEW */
function requireFormat(fields: Record<string, unknown>): void {
  const format = z.number().safeParse(fields['format'])
  if (!format.success || format.data <= newestFormat) return
  const tool = z.object({ version: z.string() }).safeParse(fields['tool'])
  const by = tool.success ? `, by supabase-backup ${tool.data.version}` : ''
  throw new BackupError({
    code: 'FORMAT_TOO_NEW',
    message: `This backup was made in format ${format.data}${by}; this toolkit reads formats up to ${newestFormat}.`,
    suggestion: 'Upgrade the toolkit (git pull, then ./install.sh) and try again.',
    phase: 'manifest',
    exitCode: ExitCode.failed,
  })
}

function broken(message: string, detail?: string): BackupError {
  return new BackupError({
    code: 'MANIFEST_BROKEN',
    message,
    detail,
    suggestion: 'Choose another archive (restore.sh --list shows them) and run restore.sh --verify on it.',
    phase: 'manifest',
  })
}
