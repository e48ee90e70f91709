import { z } from 'zod'
import { HttpError } from '../http/error.ts'
import type { Part, PartState } from './part.ts'
import type { ProjectRoutes } from './routes.ts'

/** What asking for a part came to. */
export type PartAnswer =
  | { part: Part; status: 'read'; state: PartState }
  /** The project has nothing of it. */
  | { part: Part; status: 'absent' }
  | { part: Part; status: 'failed'; reason: string; error: unknown }

/** Asks for all of them, some at once; what one fails by is its own. */
export async function readParts(parts: readonly Part[], routes: ProjectRoutes): Promise<PartAnswer[]> {
  return Promise.all(parts.map((part) => readPart(part, routes)))
}

async function readPart(part: Part, routes: ProjectRoutes): Promise<PartAnswer> {
  try {
    return { part, status: 'read', state: part.take(await routes.read(part.route)) }
  } catch (error) {
    if (error instanceof HttpError && part.absent?.includes(error.status)) return { part, status: 'absent' }
    if (error instanceof HttpError) return { part, status: 'failed', reason: reasonOf(part, error), error }
    if (error instanceof z.ZodError)
      return { part, status: 'failed', reason: `${shapeOf(part, error)}`, error }
    throw error
  }
}

function reasonOf({ permission }: Part, { status, message }: HttpError): string {
  return status === 401 || status === 403 ? `${message}; the token needs ${permission.read}` : message
}

function shapeOf({ route }: Part, { issues }: z.ZodError): string {
  const [first] = issues
  return `GET ${route || 'the project'}: the answer has another shape than it should: ${first?.path.join('.')} ${first?.message}`
}

/** What the project has of a part: nothing where there is nothing of it; undefined where that is not known. */
export function stateOf(answer: PartAnswer): PartState | undefined {
  if (answer.status === 'read') return answer.state
  return answer.status === 'absent' ? { values: {}, secrets: [], unknown: [], missing: [] } : undefined
}
