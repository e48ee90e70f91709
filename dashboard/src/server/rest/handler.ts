import type { App } from '../app.ts'
import { projectIdsIn, refusalOf } from '../auth/access.ts'
import type { Principal } from '../auth/principal.ts'
import type { Reach } from '../auth/roles.ts'
import type { Origin } from '../auth/sessions.ts'
import { notFound, Problem } from '../problem.ts'
import { BackupError } from '../toolkit.ts'
import { idempotency, type KeptAnswer } from './idempotency.ts'
import { matcher } from './match.ts'
import { keyInvalid, type ProblemBody, problemOf, tokenMissing, tooManyRequests } from './problems.ts'
import { rateLimit } from './rate-limit.ts'
import { readBody } from './read-body.ts'
import type { RawInput, RestContext, Route } from './route.ts'
import { routes } from './routes.ts'

export const base = '/api/v1'

/** A request to the REST interface, and who makes it, now. */
export interface RestRequest {
  request: Request
  /** Asked again as long as a stream lasts. */
  principal: () => Principal | undefined
  origin: Origin
}

/** Answers everything below `/api/v1`. */
export function restHandler(app: App) {
  const find = matcher(routes)
  const limit = rateLimit()
  const once = idempotency(app.database, app.sealer).once

  const answer = async (asked: RestRequest, principal: Principal | undefined): Promise<Response> => {
    const { request, origin } = asked
    const url = new URL(request.url)
    const path = url.pathname.slice(base.length)
    const { route, params } = find.find(request.method, path)
    const noted: Record<string, unknown> = {}
    let subject = params['projectId'] ?? params['removedId'] ?? ''
    const note = (outcome: 'done' | 'denied' | 'failed', code?: string) =>
      app.audit.add({
        by: principal,
        ...{ address: origin.address, action: route.action ?? route.id, outcome },
        subject: subject.slice(0, 120),
        details: { ...params, ...noted, ...(code === undefined ? {} : { code }) },
      })
    const query = Object.fromEntries(url.searchParams)
    const refuse = (who: Principal | undefined, sent: unknown) =>
      refusalOf(route.access, who, reachOf(route)) ?? outOfReach(app, who, [params, query, sent])
    const denied = refuse(principal, undefined)
    if (denied !== undefined) {
      if (denied.status !== 401) note('denied', denied.code)
      throw denied.status === 401 ? tokenMissing : denied
    }
    const { text, value: body } = await readBody(request)
    // The body too may name projects.
    const deniedOf = refuse(principal, body)
    if (deniedOf !== undefined) {
      note('denied', deniedOf.code)
      throw deniedOf
    }
    const raw = { params, query, body }
    const isStillIn = () => refuse(asked.principal(), body) === undefined
    const lastEventId = Number(request.headers.get('last-event-id') ?? 0) || 0
    const context: RestContext = {
      ...{ app, principal, origin, isStillIn, lastEventId },
      note(details, about) {
        Object.assign(noted, details)
        subject = about ?? subject
      },
    }
    const run = async (): Promise<Response | KeptAnswer> => {
      try {
        const done = await perform(route, raw, context)
        if (route.action !== undefined) note('done')
        return done
      } catch (error) {
        if (route.action !== undefined && isKnown(error)) note('failed', error.code)
        throw error
      }
    }
    const key = request.headers.get('idempotency-key')
    if (key === null || route.method !== 'POST' || principal === undefined) return responseOf(await run())
    if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw keyInvalid
    const { pathname, search } = url
    const keyed = { principal, key, method: route.method, path: pathname + search, body: text }
    const kept = await once(keyed, async () => {
      const done = await run()
      if (done instanceof Response) throw new TypeError(`${route.id} cannot be answered again.`)
      return done
    })
    return responseOf(kept, kept.isRepeated ? { 'idempotent-replayed': 'true' } : {})
  }

  return async (asked: RestRequest): Promise<Response> => {
    const { request, origin } = asked
    const principal = asked.principal()
    const allowance = limit.take(
      principal === undefined ? `address:${origin.address}` : `token:${principal.id}`,
    )
    let response: Response
    try {
      if (allowance.isSpent) throw tooManyRequests(allowance.seconds)
      response = await answer(asked, principal)
    } catch (error) {
      const problem = problemOf(error)
      if (problem.status === 500 && !(error instanceof Problem))
        console.error(error instanceof Error ? (error.stack ?? error.message) : error)
      const path = new URL(request.url).pathname.slice(base.length)
      response = problemResponse(problem, {
        ...(problem.status === 401 && { 'www-authenticate': 'Bearer realm="dashboard"' }),
        ...(problem.status === 405 && { allow: find.methods(path).join(', ') }),
        ...(problem.status === 429 && { 'retry-after': String(allowance.seconds) }),
      })
    }
    const headers = { 'cache-control': 'no-store', ...allowance.headers }
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
    return request.method === 'HEAD' ? new Response(null, response) : response
  }
}

function reachOf({ reach, path }: Route): Reach {
  return reach ?? (path.includes('{projectId}') ? 'project' : 'everywhere')
}

/** Of a project that is not for the caller the answer is that of one that is not there. */
function outOfReach(app: App, principal: Principal | undefined, input: unknown): Problem | undefined {
  if (principal === undefined || principal.groups === null) return undefined
  return projectIdsIn(input).every((id) => app.labels.sees(principal, id)) ? undefined : notFound('project')
}

async function perform(route: Route, raw: RawInput, context: RestContext): Promise<Response | KeptAnswer> {
  const answer = await route.run(raw, context)
  if ('response' in answer) return answer.response
  const location = answer.location === undefined ? undefined : `${base}${answer.location}`
  return { status: route.status, location, body: route.status === 204 ? '' : JSON.stringify(answer.value) }
}

function responseOf(answer: Response | KeptAnswer, extra: Record<string, string> = {}): Response {
  if (answer instanceof Response) return answer
  const { status, location, body } = answer
  return new Response(status === 204 ? null : body, {
    status,
    headers: {
      ...(status === 204 ? {} : { 'content-type': 'application/json' }),
      ...(location === undefined ? {} : { location }),
      ...extra,
    },
  })
}

function problemResponse(problem: ProblemBody, headers: Record<string, string>): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
}

function isKnown(error: unknown): error is Problem | BackupError {
  return error instanceof Problem || error instanceof BackupError
}
