import { z } from 'zod'
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../http/client.ts'
import { HttpError, kindOfStatus, parseRetryAfter } from '../http/error.ts'

/** The platform's own. */
export const platformApi = 'https://api.supabase.com'

/** The Management API and a token for it. */
export interface ManagementEndpoint {
  /** `https://api.supabase.com`, unless SUPABASE_API_URL says another. */
  url: string
  /** A personal or scoped access token. */
  token: string
  /** Attempts after the first, for who has less patience than a backup. */
  retries?: number | undefined
}

/** A project's part of the Management API. */
export interface ProjectApi {
  endpoint: ManagementEndpoint
  ref: string
}

export interface ManagementClientOptions
  extends Pick<HttpClientOptions, 'signal' | 'retry' | 'stallMs' | 'onRetry'> {
  endpoint: ManagementEndpoint
}

/**
 * A client of the Management API. It allows 120 requests a minute and route, and says with each answer when they are
 * there again: an attempt that was one too many waits until then.
 */
export function createManagementClient({ endpoint, ...options }: ManagementClientOptions): HttpClient {
  const headers = { authorization: `Bearer ${endpoint.token}`, accept: 'application/json' }
  const retry = endpoint.retries === undefined ? options.retry : { retries: endpoint.retries }
  return createHttpClient({ ...options, retry, url: endpoint.url, headers, connections: 4, errorOfAnswer })
}

/** `message` is text, or a list of texts where a body was refused. */
const envelopeSchema = z.object({ message: z.union([z.string(), z.array(z.string())]) })

function errorOfAnswer(
  status: number,
  body: string,
  what: string,
  header: (name: string) => string | undefined,
): HttpError {
  const said = messageOf(body)
  return new HttpError({
    kind: kindOfStatus(status),
    status,
    code: `HTTP ${status}`,
    message: `${what}: ${status}${said === undefined ? '' : `, ${said}`}`,
    retryAfterMs: status === 429 ? pauseOf(header) : undefined,
  })
}

/** Seconds until the minute is over. */
function pauseOf(header: (name: string) => string | undefined): number | undefined {
  return parseRetryAfter(header('retry-after') ?? header('x-ratelimit-reset'))
}

function messageOf(body: string): string | undefined {
  try {
    const { message } = envelopeSchema.parse(JSON.parse(body))
    return Array.isArray(message) ? message.join('; ') : message
  } catch {
    return undefined
  }
}
