/** What a failed request means for the caller. */
export type HttpErrorKind =
  /** No whole answer: refused, reset, cut, timed out. */
  | 'network'
  /** The service answers but cannot serve now: 408, 423, 429, 5xx, 544. */
  | 'busy'
  /** The bytes are not those announced. */
  | 'corrupt'
  /** What the request is about is there, its bytes are not. */
  | 'unreadable'
  /** What the request is about is not there. */
  | 'missing'
  /** The key is wrong, expired, or lacks the right. */
  | 'unauthorized'
  /** Anything else of the 400 class: sending it again would not help. */
  | 'refused'

/** A request to an API that failed, by the meaning of the answer rather than its HTTP status. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly kind: HttpErrorKind
  /** The true status, which some services put into the body of another. 0 without an answer. */
  readonly status: number
  /** The service's own code, e.g. `NoSuchKey`, or the network's, e.g. `ECONNRESET`. */
  readonly code: string
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(fields: {
    kind: HttpErrorKind
    status: number
    code: string
    message: string
    retryAfterMs?: number | undefined
    cause?: unknown
  }) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause })
    this.kind = fields.kind
    this.status = fields.status
    this.code = fields.code
    this.retryAfterMs = fields.retryAfterMs
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.kind === 'network' || this.kind === 'busy' || this.kind === 'corrupt'
  }
}

const busyStatuses = new Set([408, 423, 425, 429])

/** What a status says by itself. */
export function kindOfStatus(status: number): HttpErrorKind {
  if (busyStatuses.has(status) || status >= 500) return 'busy'
  if (status === 404 || status === 410) return 'missing'
  if (status === 401 || status === 403) return 'unauthorized'
  return 'refused'
}

/** `Retry-After` in milliseconds: seconds or an HTTP date, five minutes at most. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 300_000) : undefined
}

/** Anything thrown while a request was under way, as a `HttpError`. */
export function errorOfNetwork(error: unknown, what: string): HttpError {
  if (error instanceof HttpError) return error
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'NETWORK'
  const message = error instanceof Error ? error.message : String(error)
  return new HttpError({
    kind: 'network',
    status: 0,
    code,
    message: `${what}: ${message}${message.includes(code) ? '' : ` (${code})`}`,
    cause: error,
  })
}
