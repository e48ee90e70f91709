import { z } from 'zod'

/** What an error means for the caller. */
export type StorageErrorKind =
  /** No whole answer: refused, reset, cut, timed out. */
  | 'network'
  /** The service answers but cannot serve now: 408, 423, 429, 5xx, 544. */
  | 'busy'
  /** The bytes are not those announced. */
  | 'corrupt'
  /** The object's row is there, its bytes are not. */
  | 'unreadable'
  /** The object, bucket or upload is not there. */
  | 'missing'
  /** The key is wrong, expired, or lacks the right. */
  | 'unauthorized'
  /** Anything else of the 400 class: sending it again would not help. */
  | 'refused'

/** A request to the Storage API that failed, by the meaning of the answer rather than its HTTP status. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly kind: StorageErrorKind
  /** The true status: the API answers most errors with HTTP 400 and puts the status into the body. 0 without an answer. */
  readonly status: number
  /** The service's own code, e.g. `NoSuchKey`, or the network's, e.g. `ECONNRESET`. */
  readonly code: string
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(fields: {
    kind: StorageErrorKind
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

const envelopeSchema = z.object({
  statusCode: z.coerce.number().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
})

const busyStatuses = new Set([408, 423, 425, 429])
const missingCodes = new Set(['NoSuchKey', 'NoSuchBucket', 'NoSuchUpload'])
const unauthorizedCodes = new Set(['AccessDenied', 'InvalidJWT', 'Unauthorized'])

function kindOf(status: number, code: string): StorageErrorKind {
  if (busyStatuses.has(status) || status >= 500) return 'busy'
  if (missingCodes.has(code) || status === 404 || status === 410) return 'missing'
  if (unauthorizedCodes.has(code) || status === 401 || status === 403) return 'unauthorized'
  return 'refused'
}

/** `Retry-After` in milliseconds: seconds or an HTTP date, five minutes at most. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 300_000) : undefined
}

/** The error of an answer that is not a success. The body is the JSON envelope, plain text (TUS), XML, HTML or empty. */
export function errorOfAnswer(
  httpStatus: number,
  body: string,
  what: string,
  retryAfter?: string | undefined,
): StorageError {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    value = { message: body.slice(0, 200) }
  }
  const envelope = envelopeSchema.safeParse(value).data ?? {}
  // Only HTTP 400 hides another status in its body; a real 5xx of the gateway must not be overruled by one.
  const status = httpStatus === 400 ? (envelope.statusCode ?? httpStatus) : httpStatus
  const code = envelope.code ?? envelope.error ?? `HTTP ${status}`
  return new StorageError({
    kind: kindOf(status, code),
    status,
    code,
    message: `${what}: ${status} ${code}${envelope.message ? `, ${envelope.message}` : ''}`,
    retryAfterMs: parseRetryAfter(retryAfter),
  })
}

/** Anything thrown while a request was under way, as a `StorageError`. */
export function errorOfNetwork(error: unknown, what: string): StorageError {
  if (error instanceof StorageError) return error
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'NETWORK'
  const message = error instanceof Error ? error.message : String(error)
  return new StorageError({
    kind: 'network',
    status: 0,
    code,
    message: `${what}: ${message}${message.includes(code) ? '' : ` (${code})`}`,
    cause: error,
  })
}
