import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { App } from '../app.ts'
import { projectIdsIn, refusalOf } from '../auth/access.ts'
import type { Principal } from '../auth/principal.ts'
import type { Access, Reach } from '../auth/roles.ts'
import type { Origin } from '../auth/sessions.ts'
import { notFound, Problem } from '../problem.ts'
import { BackupError } from '../toolkit.ts'

/** Of one request. */
export interface Context {
  app: App
  principal: Principal | undefined
  origin: Origin
  /** Sets the cookie of the session, or takes it away. */
  setSession: (secret: string | undefined) => void
}

interface Meta {
  /** Who may call it: every procedure says it, see `matrix.ts`. */
  access: Access
  /** Whether a role that is narrowed to groups of projects may call it, and for which. */
  reach: Reach
  /** What the audit calls it; a mutation has one. */
  action?: string
}

const codes = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_SUPPORTED',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  422: 'UNPROCESSABLE_CONTENT',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
} as const

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    isDev: false,
    // What went wrong, what to do, and nothing of how it is made.
    errorFormatter({ shape, error }) {
      const { stack: _stack, ...data } = shape.data
      const problem = problemOf(error)
      return { ...shape, message: problem.message, data: { ...data, problem } }
    },
  })

function problemOf({ cause, code }: TRPCError) {
  if (cause instanceof Problem || cause instanceof BackupError) {
    const { code: known, message, suggestion, detail = null } = cause
    return { code: known, message, suggestion, detail }
  }
  if (cause instanceof z.ZodError) {
    const issue = cause.issues[0]
    const where = issue?.path.join('.') ?? ''
    const message = `${where === '' ? 'What was sent' : where} ${lowerFirst(issue?.message ?? 'is not valid')}.`
    return { code: 'INPUT_INVALID', message, suggestion: 'Correct it and try again.', detail: null }
  }
  if (
    code === 'NOT_FOUND' ||
    code === 'METHOD_NOT_SUPPORTED' ||
    code === 'BAD_REQUEST' ||
    code === 'PARSE_ERROR'
  )
    return {
      code: 'NOT_FOUND',
      message: 'The dashboard does not know this call.',
      suggestion: 'Load the page again: the dashboard may have been upgraded.',
      detail: null,
    }
  return {
    code: 'UNEXPECTED',
    message: 'The dashboard could not do this, by a fault of its own.',
    suggestion: 'Try again; what happened stands in the log of the dashboard.',
    detail: null,
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** What a call is about, for the audit: the ids in what was sent, nothing else of it. */
const idsSchema = z
  .object({
    projectId: z.string(),
    runId: z.string(),
    kind: z.string(),
    sessionId: z.string(),
    userId: z.string(),
    tokenId: z.string(),
    alertId: z.string(),
    ruleId: z.string(),
    channelId: z.string(),
    /** Of a run that is to be started: what it does, of which backup, and where to. */
    options: z
      .object({
        kind: z.string(),
        archive: z.string(),
        target: z.object({ type: z.string(), projectId: z.string().optional() }),
      })
      .partial(),
  })
  .partial()

/** Lets through whom the procedure's meta names; notes who was not let through, and what was done. */
const guard = t.middleware(async ({ ctx, meta, path, type, getRawInput, next }) => {
  const { access = 'admin', reach = 'everywhere' } = meta ?? {}
  const refusal =
    refusalOf(access, ctx.principal, reach) ??
    (reach === 'project' ? outOfReach(ctx, await getRawInput()) : undefined)
  let subject: string | undefined
  const noted: Record<string, unknown> = {}
  const note = async (outcome: 'done' | 'denied' | 'failed', code?: string) => {
    const ids = idsSchema.safeParse(await getRawInput()).data ?? {}
    ctx.app.audit.add({
      by: ctx.principal,
      address: ctx.origin.address,
      action: meta?.action ?? path,
      subject: (subject ?? ids.projectId ?? '').slice(0, 120),
      outcome,
      details: { ...ids, ...noted, ...(code === undefined ? {} : { code }) },
    })
  }
  if (refusal !== undefined) {
    if (refusal.status !== 401) await note('denied', refusal.code)
    throw toTrpc(refusal)
  }
  const result = await next({
    ctx: {
      ...ctx,
      /** Adds to what the audit says of this call, such as `before` and `after`, and never a secret. */
      note(details: Record<string, unknown>, about?: string) {
        Object.assign(noted, details)
        subject = about ?? subject
      },
    },
  })
  const isNoted = type === 'mutation' && meta?.action !== undefined
  if (result.ok) {
    if (isNoted) await note('done')
    return result
  }
  const { cause } = result.error
  if (cause instanceof Problem) {
    if (isNoted) await note(cause.status === 403 ? 'denied' : 'failed', cause.code)
    throw toTrpc(cause)
  }
  if (cause instanceof BackupError) throw new TRPCError({ code: 'CONFLICT', cause })
  if (result.error.code === 'INTERNAL_SERVER_ERROR') console.error(`${path}: ${cause?.stack ?? cause}`)
  throw result.error
})

function toTrpc(problem: Problem): TRPCError {
  return new TRPCError({ code: codes[problem.status], message: problem.message, cause: problem })
}

/** Of a project that is not for the caller the answer is that of one that is not there. */
function outOfReach({ app, principal }: Context, input: unknown): Problem | undefined {
  return projectIdsIn(input).every((id) => app.labels.sees(principal, id)) ? undefined : notFound('project')
}

function guarded(access: Access, reach: Reach, action: string | undefined) {
  return t.procedure.meta({ access, reach, ...(action === undefined ? {} : { action }) }).use(guard)
}

const projectIdSchema = z.string().min(1).max(120)

/**
 * A procedure for those whom `access` names. A role that is narrowed to groups of projects does not reach it: for one project there is
 * `projectProcedure`, for lists of what is of projects `listProcedure`.
 * @param action what the audit calls it, of a mutation
 */
export const procedure = (access: Access, action?: string) => guarded(access, 'everywhere', action)

/**
 * The same for what is done to one project: its input has a `projectId`, to which `.input()` adds. Each project that is named in what
 * was sent must be one that the caller sees.
 */
export const projectProcedure = (access: Access, action?: string) =>
  guarded(access, 'project', action).input(z.object({ projectId: projectIdSchema }))

/** The same for what answers with many projects, or what is of them: it leaves out those that `ctx.sees` says no of. */
export const listProcedure = (access: Access, action?: string) =>
  guarded(access, 'listed', action).use(({ ctx, next }) =>
    next({ ctx: { ...ctx, sees: ctx.app.labels.seenBy(ctx.principal) } }),
  )

export const router = t.router
export const createCaller = t.createCallerFactory
