import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError, ExitCode } from './errors.ts'
import { writeFileAtomic } from './files.ts'
import { components } from './findings.ts'

/** The generation format this toolkit writes, and the newest it reads. */
export const generationFormat = 1

export const findingSchema = z.object({
  component: z.enum(components),
  severity: z.enum(['degraded', 'manual', 'note']),
  kind: z.string(),
  count: z.number().int(),
  message: z.string(),
  names: z.array(z.string()),
})

export const componentResultSchema = z.object({
  component: z.enum(components),
  status: z.enum(['complete', 'degraded', 'failed', 'skipped', 'carried']),
  seconds: z.number(),
  counts: z.record(z.string(), z.number()),
  findings: z.array(findingSchema),
})

const manifestSchema = z.object({
  format: z.literal(generationFormat),
  tool: z.object({ name: z.literal('supabase-backup'), version: z.string() }),
  /** The run that made the generation. */
  runId: z.string(),
  project: z.object({ name: z.string(), ref: z.string().nullable(), url: z.string().nullable() }),
  /** When the run began, and when the database snapshot was taken: ISO 8601, UTC. */
  startedAt: z.string(),
  snapshotAt: z.string().nullable(),
  status: z.enum(['complete', 'degraded']),
  components: z.array(componentResultSchema),
  /** Versions of server, clients and platform services, e.g. `server: 15.20`, `auth: 20260601000000`. */
  versions: z.record(z.string(), z.string()),
  /**
   * Every file of the generation but this one and those below storage/objects, whose hashes stand in
   * storage/manifest/*.jsonl (themselves listed here). Keys are paths relative to the generation.
   */
  files: z.record(z.string(), z.object({ bytes: z.number().int(), sha256: z.string() })),
})

export type Manifest = z.infer<typeof manifestSchema>

const sealedSchema = manifestSchema.extend({ seal: z.string() })

function sealOf(manifest: Manifest): string {
  return createHash('sha256')
    .update(JSON.stringify(manifestSchema.parse(manifest)))
    .digest('hex')
}

/** Writes `manifest.json` with a seal (SHA-256 of its other fields): the last file of a generation to be written. */
export async function writeManifest(generation: string, manifest: Manifest): Promise<void> {
  const sealed = { ...manifestSchema.parse(manifest), seal: sealOf(manifest) }
  await writeFileAtomic(join(generation, 'manifest.json'), `${JSON.stringify(sealed, null, 2)}\n`)
}

/**
 * Reads a generation's manifest.
 * @throws BackupError when it is missing, of a newer format, malformed, or not as it was sealed.
 */
export async function readManifest(generation: string): Promise<Manifest> {
  const path = join(generation, 'manifest.json')
  const broken = (message: string, detail?: string) =>
    new BackupError({
      code: 'MANIFEST_BROKEN',
      message,
      detail,
      suggestion: 'Choose another archive (restore.sh --list shows them) and run restore.sh --verify on it.',
      phase: 'manifest',
    })
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw broken(
      `There is no readable manifest at ${path}, so this is not a complete generation.`,
      error.code,
    )
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw broken(`The manifest at ${path} is damaged: it is not JSON.`)
  }
  const format = z.object({ format: z.number() }).safeParse(value)
  if (format.success && format.data.format > generationFormat)
    throw new BackupError({
      code: 'FORMAT_TOO_NEW',
      message: `This generation has format ${format.data.format}; this toolkit reads formats up to ${generationFormat}.`,
      suggestion: 'Upgrade the toolkit (git pull, then ./install.sh) and try again.',
      phase: 'manifest',
      exitCode: ExitCode.failed,
    })
  const parsed = sealedSchema.safeParse(value)
  if (!parsed.success) throw broken(`The manifest at ${path} is damaged.`, z.prettifyError(parsed.error))
  const { seal, ...manifest } = parsed.data
  if (seal !== sealOf(manifest)) throw broken(`The manifest at ${path} was altered: its seal does not match.`)
  return manifest
}
