import { z } from 'zod'
import type { HttpClient } from '../http/client.ts'
import { jsonExchange } from '../http/client.ts'
import { projectPath } from './project.ts'

const loginSchema = z.object({
  role: z.string().min(1),
  password: z.string().min(1),
  ttl_seconds: z.number().int().positive(),
})

/** A role to log in with instead of `postgres`, whose password nobody has to know. */
export interface LoginRole {
  role: string
  password: string
  /** Until when new sessions may begin, in milliseconds of the epoch; those that have begun go on. */
  expiresAt: number
}

/**
 * Has a password made for the project's login role. There is one such role a project: each call makes the password before it
 * useless for new sessions, whoever had it. It is never expired by us, for it may be somebody else's by then.
 */
export async function createLoginRole(
  client: HttpClient,
  ref: string,
  now: () => number = Date.now,
): Promise<LoginRole> {
  const asked = now()
  const {
    role,
    password,
    ttl_seconds: seconds,
  } = await client.call(
    jsonExchange('POST', projectPath(ref, '/cli/login-role'), { read_only: false }),
    loginSchema,
  )
  return { role, password, expiresAt: asked + seconds * 1_000 }
}
