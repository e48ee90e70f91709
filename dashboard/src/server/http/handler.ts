import { randomBytes } from 'node:crypto'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { nonceHeader } from '../../shared/nonce-header.ts'
import type { App } from '../app.ts'
import type { Principal } from '../auth/principal.ts'
import type { Origin } from '../auth/sessions.ts'
import { base as restBase, restHandler } from '../rest/handler.ts'
import { appRouter } from '../trpc/router.ts'
import { sessionCookie } from './cookie.ts'
import { download } from './download.ts'
import { eventStream, type StreamWriter } from './event-stream.ts'
import { isForeign, isForUs, type Place, securityHeaders } from './security.ts'

/** No call of a screen is near it. */
export const mostBodyBytes = 1 << 20

/** The built pages: TanStack Start's own handler. */
export interface Pages {
  fetch(request: Request): Promise<Response> | Response
}

/** A request with the address it came from; srvx says it. */
export type AddressedRequest = Request & { ip?: string | undefined }

/** Everything that the dashboard answers, but for files of the build. */
export function createHandler(parts: { app: App; place: Place; pages: Pages }) {
  const { app, place, pages } = parts
  const cookie = sessionCookie(place)
  const isHttps = place.publicUrl?.startsWith('https:') ?? false
  const rest = restHandler(app)

  const answer = async (request: AddressedRequest, nonce: string): Promise<Response> => {
    if (!isForUs(request, place)) return plain(421, 'This dashboard is not known by that name.')
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/api/')) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return plain(405, 'Only looked at.')
      const headers = new Headers(request.headers)
      // Whatever came under this name is not to be believed.
      headers.set(nonceHeader, nonce)
      const page = await pages.fetch(new Request(request.url, { method: request.method, headers }))
      return withHeaders(page, { 'cache-control': 'no-store' })
    }
    // What does not say how long it is is cut off where it is read.
    if (Number(request.headers.get('content-length') ?? 0) > mostBodyBytes)
      return plain(413, 'That is too much at once.')
    const token = bearerOf(request)
    if (pathname.startsWith(`${restBase}/`)) {
      // For programs: a cookie is of no use here.
      const principal = () => (token === undefined ? undefined : app.tokens.find(token))
      return rest({ request, principal, origin: originOf(request) })
    }
    // A token is no browser's: it is not sent along by itself.
    if (token === undefined && isForeign(request, place))
      return plain(403, 'This request comes from another site.')
    const origin = originOf(request)
    const principal = () => principalOf(request, token, origin)
    if (pathname === '/api/health') return Response.json({ status: 'ok' })
    if (pathname === '/api/events') {
      if (principal() === undefined) return plain(401, 'Sign in.')
      const begin = ({ send }: StreamWriter) =>
        app.bus.listen((event) => {
          // Looked at anew each time: what somebody may see may have been narrowed since.
          if (app.labels.sees(principal(), event.projectId)) send(`data: ${JSON.stringify(event)}\n\n`)
        })
      return eventStream(begin, () => principal() !== undefined)
    }
    if (pathname.startsWith('/api/downloads/') && request.method === 'GET')
      return download(app, new URL(request.url), principal(), origin)
    if (pathname.startsWith('/api/trpc/')) return call(request, principal(), origin)
    return plain(404, 'There is nothing here.')
  }

  const principalOf = (
    request: Request,
    token: string | undefined,
    origin: Origin,
  ): Principal | undefined => {
    if (token !== undefined) return app.tokens.find(token)
    const secret = cookie.read(request)
    return secret === undefined ? undefined : app.sessions.find(secret, origin)
  }

  const call = async (
    request: Request,
    principal: Principal | undefined,
    origin: Origin,
  ): Promise<Response> => {
    let setCookie: string | undefined
    const response = await fetchRequestHandler({
      endpoint: '/api/trpc',
      req: request,
      router: appRouter,
      createContext: () => ({
        app,
        principal,
        origin,
        setSession: (secret: string | undefined) => {
          setCookie = secret === undefined ? cookie.clear() : cookie.set(secret)
        },
      }),
    })
    return withHeaders(response, {
      'cache-control': 'no-store',
      ...(setCookie === undefined ? {} : { 'set-cookie': setCookie }),
    })
  }

  return async (request: AddressedRequest): Promise<Response> => {
    const nonce = randomBytes(16).toString('base64')
    const response = await answer(request, nonce).catch((error: unknown) => {
      console.error(error instanceof Error ? (error.stack ?? error.message) : error)
      return plain(500, 'The dashboard could not do this, by a fault of its own.')
    })
    return withHeaders(response, securityHeaders(nonce, isHttps))
  }
}

function originOf(request: AddressedRequest): Origin {
  return { address: request.ip ?? '', userAgent: request.headers.get('user-agent') ?? '' }
}

function bearerOf(request: Request): string | undefined {
  return /^Bearer ([\w-]{1,200})$/.exec(request.headers.get('authorization') ?? '')?.[1]
}

function plain(status: number, text: string): Response {
  return new Response(`${text}\n`, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } })
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  const all = new Headers(response.headers)
  for (const [name, value] of Object.entries(headers)) all.set(name, value)
  return new Response(response.body, {
    status: response.status,
    statusText: response.statusText,
    headers: all,
  })
}
