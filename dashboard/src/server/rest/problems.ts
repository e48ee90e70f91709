import { z } from 'zod'
import { Problem } from '../problem.ts'
import { BackupError } from '../toolkit.ts'

/** An error as RFC 9457 has it, with the toolkit's own code and what to do. */
export const problemSchema = z
  .object({
    type: z.string().describe('urn:supabase-backup:problem: and the code'),
    title: z.string().describe('What went wrong, for people'),
    status: z.number().int(),
    code: z
      .string()
      .describe('Stable and machine-readable; those of the toolkit are in docs/reference/errors.md'),
    suggestion: z.string().describe('What to do'),
    detail: z.string().optional().describe('What was observed, secrets masked'),
    errors: z
      .array(z.object({ pointer: z.string(), message: z.string() }))
      .optional()
      .describe('Which fields of what was sent are not valid, and why'),
  })
  .meta({ id: 'Problem' })

export type ProblemBody = z.infer<typeof problemSchema>

/** What an error is answered with; one that nobody foresaw tells nothing of how the dashboard is made. */
export function problemOf(error: unknown): ProblemBody {
  if (error instanceof Problem) return bodyOf(error.status, error)
  if (error instanceof BackupError) return bodyOf(409, error)
  if (error instanceof z.ZodError) {
    const errors = error.issues.map(({ path, message }) => ({
      pointer: `/${path.map(String).join('/')}`,
      message,
    }))
    const [first] = errors
    return {
      ...bodyOf(400, {
        code: 'INPUT_INVALID',
        message: `What was sent is not valid: ${first?.pointer ?? ''} ${first?.message ?? ''}.`,
        suggestion: 'Correct it; /api/v1/openapi.json says what each call takes.',
      }),
      errors,
    }
  }
  return bodyOf(500, {
    code: 'UNEXPECTED',
    message: 'The dashboard could not do this, by a fault of its own.',
    suggestion: 'Try again; what happened stands in the log of the dashboard.',
  })
}

function bodyOf(
  status: number,
  error: { code: string; message: string; suggestion: string; detail?: string | null | undefined },
): ProblemBody {
  const { code, message: title, suggestion, detail } = error
  const said = detail === undefined || detail === null || detail === '' ? {} : { detail }
  return { type: `urn:supabase-backup:problem:${code}`, title, status, code, suggestion, ...said }
}

export const noSuchPath = new Problem({
  status: 404,
  code: 'NOT_FOUND',
  message: 'There is nothing at this address.',
  suggestion: '/api/v1/openapi.json names every address.',
})

export const methodNotAllowed = new Problem({
  status: 405,
  code: 'METHOD_NOT_ALLOWED',
  message: 'This address does not take that method.',
  suggestion: 'The header Allow names those it takes.',
})

export const notJson = new Problem({
  status: 415,
  code: 'NOT_JSON',
  message: 'The body of this request is not said to be JSON.',
  suggestion: 'Send JSON, and the header Content-Type: application/json.',
})

export const jsonBroken = new Problem({
  status: 400,
  code: 'INPUT_INVALID',
  message: 'The body of this request is no JSON.',
  suggestion: 'Correct it and send it again.',
})

export const tooLarge = new Problem({
  status: 413,
  code: 'TOO_LARGE',
  message: 'The body of this request is larger than the dashboard takes.',
  suggestion: 'Send less at once: a megabyte is the most.',
})

export const tokenMissing = new Problem({
  status: 401,
  code: 'TOKEN_MISSING',
  message: 'This request has no token, or one that is not known or has expired.',
  suggestion:
    'Send Authorization: Bearer with a token; an admin makes one: npm run dashboard -- token create --name N --role viewer',
})

export const keyInvalid = new Problem({
  status: 400,
  code: 'IDEMPOTENCY_KEY_INVALID',
  message: 'The Idempotency-Key is no text of 1 to 200 visible characters.',
  suggestion: 'Take a new UUID for each request.',
})

/** @param seconds until there are requests again */
export function tooManyRequests(seconds: number): Problem {
  return new Problem({
    status: 429,
    code: 'TOO_MANY_REQUESTS',
    message: 'This token has made as many requests as it may in a minute.',
    suggestion: `Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}; the header RateLimit says how many are left.`,
  })
}
