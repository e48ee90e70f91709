import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { errors } from './errors.ts'
import { header, json, type Reply } from './exchange.ts'
import type { Access } from './routes.ts'
import { type Claims, verifyToken } from './tokens.ts'

export interface Url {
  /** Undecoded, without prefix. */
  path: string
  query: URLSearchParams
}

/** The path below the prefix, byte for byte, and the query; undefined outside the prefix. */
export function splitUrl(url: string, prefix: string): Url | undefined {
  const [path = '', ...query] = url.split('?')
  if (!path.startsWith(`${prefix}/`)) return undefined
  return { path: path.slice(prefix.length), query: new URLSearchParams(query.join('?')) }
}

export function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

const bareJson = { 'content-type': 'application/json' }

export function refuseUrl(path: string): Reply {
  const body = {
    error: 'Bad Request',
    code: 'FST_ERR_BAD_URL',
    message: `'${path}' is not a valid url component`,
    statusCode: 400,
  }
  return json(body, 400, bareJson)
}

/** There are two forms of "no such route": below `/object/` it has the envelope of the other errors. */
export function refuseRoute(request: IncomingMessage, path: string): Reply {
  const message = `Route ${request.method}:${request.url} not found`
  if (!path.startsWith('/object/')) return json({ message, error: 'Not Found', statusCode: 404 }, 404)
  return json({ statusCode: '404', error: 'Not Found', message, code: 'InvalidRequest' }, 404, bareJson)
}

const nobody = { claims: { role: 'anon' }, authenticated: false }

/** Whom a request speaks for; throws where the route insists on a valid token. */
export function identify(
  request: IncomingMessage,
  access: Access,
  secret: string,
): { claims: Claims; authenticated: boolean } {
  if (access === 'none') return nobody
  const authorization = header(request, 'authorization')
  if (authorization === undefined && access === 'header')
    throw errors.schemaViolation("headers must have required property 'authorization'")
  try {
    return {
      claims: verifyToken((authorization ?? '').replace(/^Bearer\s+/i, ''), secret),
      authenticated: true,
    }
  } catch (error) {
    if (access === 'optional') return nobody
    throw error
  }
}

/** Answers a request that HTTP's parser refused; headers of more than 16 KiB are the case that matters. */
export function refuseRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) return
  const [status, title, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [431, 'Request Header Fields Too Large', 'Exceeded maximum allowed HTTP header size']
      : [400, 'Bad Request', 'Client Error']
  const body = JSON.stringify({ error: title, message, statusCode: status })
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Length: ${body.length}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n${body}`,
  )
}
