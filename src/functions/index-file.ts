import { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { readPlainFile, writeFileAtomic } from '../common/files.ts'
import { functionsLayout, slugPattern } from './layout.ts'
import { listedSchema } from './listed.ts'
import { requirePlain, UntrustedPath } from './paths.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const plainPath = z.string().refine(isPlain, 'is no path inside the backup')

const fileSchema = z.object({ path: plainPath, bytes: z.number().int(), sha256 })

const sourceSchema = z.looseObject({
  slug: z.string().regex(slugPattern),
  name: z.string(),
  verifyJwt: z.boolean(),
  /** One of the files, relative to the root of the project that it was deployed from, as all paths here. */
  entrypoint: plainPath,
  importMap: plainPath.optional(),
  files: z.array(fileSchema),
  /** What the API told of it, as it was. */
  listed: listedSchema,
  /** That the sources could not be read when the backup was made: they are of the one before. */
  stale: z.boolean().optional(),
})
/** A function as a backup has it. */
export type FunctionSource = z.output<typeof sourceSchema>

const indexSchema = z.looseObject({
  format: z.literal(1),
  functions: z.array(sourceSchema),
  /** Slugs of those that the project had as well, but whose sources nobody could read. */
  unread: z.array(z.string()).default([]),
})

const secretsSchema = z.looseObject({
  format: z.literal(1),
  secrets: z.array(z.looseObject({ name: z.string(), sha256: z.string(), updatedAt: z.string().optional() })),
})
/** A secret by its name; of its value only the digest is known. */
export type SecretDigest = z.output<typeof secretsSchema>['secrets'][number]

/** The functions of a generation. @throws BackupError FUNCTIONS_INDEX_BROKEN */
export async function readIndex(generation: string): Promise<FunctionSource[]> {
  return (await read(functionsLayout(generation).index, indexSchema)).functions
}

/** Slugs of the functions that the project had and the generation has not. @throws BackupError FUNCTIONS_INDEX_BROKEN */
export async function readUnread(generation: string): Promise<string[]> {
  return (await read(functionsLayout(generation).index, indexSchema)).unread
}

export async function writeIndex(
  generation: string,
  functions: readonly FunctionSource[],
  unread: readonly string[],
): Promise<void> {
  await write(functionsLayout(generation).index, {
    format: 1,
    functions,
    ...(unread.length > 0 && { unread }),
  })
}

/** The names and digests of the secrets; undefined where they could not be read when the backup was made. */
export async function readSecretDigests(generation: string): Promise<SecretDigest[] | undefined> {
  const path = functionsLayout(generation).secrets
  return (await read(path, secretsSchema.optional(), true))?.secrets
}

export async function writeSecretDigests(
  generation: string,
  secrets: readonly SecretDigest[],
): Promise<void> {
  await write(functionsLayout(generation).secrets, { format: 1, secrets })
}

async function read<Value>(path: string, schema: z.ZodType<Value>, isOptional = false): Promise<Value> {
  try {
    return schema.parse(JSON.parse(await readPlainFile(path)))
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isOptional && isMissing) return schema.parse(undefined)
    throw new BackupError({
      code: 'FUNCTIONS_INDEX_BROKEN',
      message: `The list of the backup's functions, ${path}, ${isMissing ? 'is not there' : 'is damaged'}.`,
      detail: error instanceof z.ZodError ? z.prettifyError(error) : String(error),
      suggestion: 'Choose another archive (restore.sh --list shows them) and run restore.sh --verify on it.',
      phase: 'functions/index',
      cause: error,
    })
  }
}

async function write(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`)
}

/** A backup may have been tampered with: no path in it leads anywhere else. */
function isPlain(path: string): boolean {
  try {
    requirePlain(path)
    return true
  } catch (error) {
    if (error instanceof UntrustedPath) return false
    throw error
  }
}
