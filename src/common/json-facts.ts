import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** What an archive's comment begins with when this toolkit made it; see src/shell/owner.sh. */
const ownerComment = 'supabase-backup project='

const archiveSchema = z.object({ id: z.string(), name: z.string(), comment: z.string().optional() })

/** The output of `borg list`, `create` and `info` with --json, and a generation's manifest.json, as far as the scripts ask. */
const documentSchema = z.object({
  repository: z.object({ id: z.string() }).optional().catch(undefined),
  encryption: z.object({ mode: z.string() }).optional().catch(undefined),
  archives: z
    .array(archiveSchema.extend({ chunker_params: z.array(z.unknown()).optional() }))
    .optional()
    .catch(undefined),
  archive: archiveSchema.optional().catch(undefined),
  tool: z.object({ name: z.string() }).optional().catch(undefined),
  project: z.object({ name: z.string(), ref: z.string().nullable() }).optional().catch(undefined),
})

/**
 * What the scripts need of a JSON document, as lines of a word and what belongs to it:
 *
 *     repository ID · encryption MODE · archive ID OWNER NAME · created ID · chunker NAME,NUMBER,… · tool NAME ·
 *     project NAME · reference REF
 *
 * OWNER is `-` where an archive's comment names none; of what it names only letters, digits, `_:.-` are kept, as it is told in a
 * command to be typed. A value that is not one line of text is none that a script knows or
 * types: its control characters are replaced. A text that is no JSON has no facts.
 */
export function factsOf(text: string): string[] {
  const { success, data } = documentSchema.safeParse(parse(text))
  if (!success) return []
  const { repository, encryption, archives = [], archive, tool, project } = data
  const one = (word: string, value: string | null | undefined) => (value ? [`${word} ${oneLine(value)}`] : [])
  const [first] = archives
  return [
    ...one('repository', repository?.id),
    ...one('encryption', encryption?.mode),
    ...archives.map(({ id, name, comment }) => `archive ${oneLine(id)} ${ownerOf(comment)} ${oneLine(name)}`),
    ...one('created', archive?.id),
    ...one('chunker', first?.chunker_params?.join(',')),
    ...one('tool', tool?.name),
    ...one('project', project?.name),
    ...one('reference', project?.ref),
  ]
}

/** The facts of a file, a line each. */
export async function readJsonFacts(path: string): Promise<string> {
  return factsOf(await readFile(path, 'utf8'))
    .map((line) => `${line}\n`)
    .join('')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function ownerOf(comment = ''): string {
  const owner = comment.startsWith(ownerComment) ? comment.slice(ownerComment.length) : ''
  return owner === '' ? '-' : owner.replaceAll(/[^\w:.-]/g, '\uFFFD')
}

function oneLine(value: string): string {
  return value.replaceAll(/\p{Cc}|[\u2028\u2029]/gu, '\uFFFD')
}
