import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { Database } from './database.ts'
import type { FileStore } from './files.ts'
import type { ResumableUploads } from './resumable-uploads.ts'
import type { Claims } from './tokens.ts'

/** Largest sizes in bytes, beside each bucket's own limit. */
export interface Limits {
  /** Of any object. */
  global: number
  /** Of an object sent in one request. */
  standard: number
}

/** What every route works with. */
export interface Services {
  database: Database
  files: FileStore
  uploads: ResumableUploads
  limits: Limits
}

/** One request, as a route sees it. */
export interface Exchange extends Services {
  request: IncomingMessage
  /** Decoded parts of the path: `bucket`, `key`, `id`. */
  params: Params
  query: URLSearchParams
  claims: Claims
  /** False on routes that serve callers without a valid token as `anon`. */
  authenticated: boolean
  /** Scheme, host and prefix the caller used. */
  base: string
}

export interface Params {
  bucket: string
  key: string
  id: string
}

export interface Reply {
  status: number
  headers: Record<string, string>
  body?: string | Buffer | Readable
}

export type Handler = (exchange: Exchange) => Promise<Reply>

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  const body = JSON.stringify(value)
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  }
}

/** A request header as text; repeated headers are joined. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
