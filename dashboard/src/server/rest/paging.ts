import { z } from 'zod'
import { Problem } from '../problem.ts'

/** What every list takes. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('How many at most'),
  cursor: z.string().max(600).optional().describe('nextCursor of the page before'),
}

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('For the next page; null on the last'),
  })
}

/** A place in a list, as text that nobody needs to understand. */
export function cursorText(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** @throws Problem CURSOR_INVALID */
export function readCursor<Place>(schema: z.ZodType<Place>, text: string | undefined): Place | undefined {
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    throw new Problem({
      status: 400,
      code: 'CURSOR_INVALID',
      message: 'The cursor is none that this list gave.',
      suggestion: 'Begin again without one.',
    })
  }
}

/** A page of a list that is in memory, in the order of its ids. */
export function pageById<Item extends { id: string }>(
  items: readonly Item[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): { data: Item[]; nextCursor: string | null } {
  const after = readCursor(z.string(), cursor)
  const sorted = items.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const rest = after === undefined ? sorted : sorted.filter(({ id }) => id > after)
  const data = rest.slice(0, limit)
  const last = rest.length > limit ? data.at(-1) : undefined
  return { data, nextCursor: last ? cursorText(last.id) : null }
}
