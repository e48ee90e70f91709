import { access } from 'node:fs/promises'
import { readJsonl } from '../../common/jsonl.ts'
import { type UserLine, userLineSchema, usersPath } from '../users/layout.ts'

/** Lines that are held while they wait for their user. */
const mostWaiting = 5_000

/** The users of the backup before, which lie in the order of creation, as they are listed now. */
export interface PreviousUsers {
  /** What it had of a user. @param createdAt as the API tells it: nobody who comes later is looked at yet */
  take(id: string, createdAt: string): Promise<UserLine | undefined>
  close(): Promise<void>
}

/** @param generation undefined where there is none, or none with such a file */
export async function openPrevious(generation: string | undefined): Promise<PreviousUsers> {
  const path = generation === undefined ? undefined : usersPath(generation)
  const isThere = path !== undefined && (await access(path).then(yes, no))
  if (!isThere) return { take: async () => undefined, async close() {} }
  const lines = readJsonl(path, (value) => userLineSchema.parse(value))
  const waiting = new Map<string, UserLine>()
  let newest = ''
  let isAtEnd = false
  return {
    async take(id, createdAt) {
      while (!isAtEnd && !waiting.has(id) && newest <= createdAt) {
        const next = await lines.next()
        if (next.done) isAtEnd = true
        else {
          newest = next.value.user.created_at
          waiting.set(next.value.user.id, next.value)
          const [oldest] = waiting.keys()
          // Those that are gone from the project wait in vain.
          if (waiting.size > mostWaiting && oldest !== undefined) waiting.delete(oldest)
        }
      }
      const found = waiting.get(id)
      waiting.delete(id)
      return found
    },
    async close() {
      await lines.return(undefined)
    },
  }
}

const yes = () => true
const no = () => false
