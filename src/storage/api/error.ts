import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import { HttpError, type HttpErrorKind, kindOfStatus, parseRetryAfter } from '../../http/error.ts'

const envelopeSchema = z.object({
  statusCode: z.coerce.number().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
})

const missingCodes = new Set(['NoSuchKey', 'NoSuchBucket', 'NoSuchUpload'])
const unauthorizedCodes = new Set(['AccessDenied', 'InvalidJWT', 'Unauthorized'])

function kindOf(status: number, code: string): HttpErrorKind {
  const kind = kindOfStatus(status)
  if (kind === 'busy') return kind
  if (missingCodes.has(code)) return 'missing'
  if (unauthorizedCodes.has(code)) return 'unauthorized'
  return kind
}

/** The error of an answer that is not a success. The body is the JSON envelope, plain text (TUS), XML, HTML or empty. */
export function errorOfAnswer(
  httpStatus: number,
  body: string,
  what: string,
  header?: (name: string) => string | undefined,
): HttpError {
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
  return new HttpError({
    kind: kindOf(status, code),
    status,
    code,
    message: `${what}: ${status} ${code}${envelope.message ? `, ${envelope.message}` : ''}`,
    retryAfterMs: parseRetryAfter(header?.('retry-after')),
  })
}

/** The error for a service that no longer answers. */
export function serviceDown(detail: string | undefined, cause: unknown): BackupError {
  return new BackupError({
    code: 'STORAGE_DOWN',
    message: 'The Storage service stopped answering.',
    detail: detail ?? (cause instanceof Error ? cause.message : String(cause)),
    suggestion:
      'See the status page of the project, then run again: what was fetched so far is not fetched twice.',
    phase: 'storage',
    cause,
  })
}
