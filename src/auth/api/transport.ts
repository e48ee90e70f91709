import type { Dispatcher } from 'undici'
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../http/client.ts'
import { HttpError, kindOfStatus, parseRetryAfter } from '../../http/error.ts'
import type { AuthEndpoint } from './endpoint.ts'

export interface TransportOptions
  extends Pick<HttpClientOptions, 'signal' | 'retry' | 'stallMs' | 'onRetry'> {
  endpoint: AuthEndpoint
  /** Requests at a time, at most. */
  connections: number
}

/**
 * What supabase-js sends its requests by: over connections that are kept, repeated where that may help, given up where nothing
 * moves. An answer that is a refusal goes back to it; what no attempt got an answer to is thrown by `failure`.
 */
export interface Transport {
  fetch: typeof fetch
  /** Why the last request of those that were made together with this error got no answer. */
  failureOf(error: unknown): HttpError | undefined
  readonly counts: HttpClient['counts']
  close(): Promise<void>
}

/** The status of an answer that was made here, where there was none. */
const noAnswer = 599

export function createTransport({ endpoint, ...options }: TransportOptions): Transport {
  const { origin } = new URL(endpoint.url)
  const client = createHttpClient({ ...options, url: origin, headers: {}, errorOfAnswer: refusal })
  const failures = new Map<string, HttpError>()
  let failed = 0
  return {
    async fetch(input, init) {
      const url = new URL(String(input))
      // Newest first by default: then every user who signs up meanwhile moves all others on.
      if (url.pathname.endsWith('/admin/users') && url.searchParams.has('page'))
        url.searchParams.set('sort', 'created_at asc')
      const exchange = {
        method: methodOf(init?.method),
        path: `${url.pathname}${url.search}`,
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: typeof init?.body === 'string' ? init.body : undefined,
      }
      try {
        return await client.retrying(async () => {
          const answer = await client.send(exchange)
          const headers = new Headers()
          for (const name of ['x-total-count', 'link', 'content-type']) {
            const value = answer.header(name)
            if (value !== undefined) headers.set(name, value)
          }
          return new Response(new Uint8Array(await answer.whole()), { status: answer.status, headers })
        })
      } catch (error) {
        options.signal?.throwIfAborted()
        if (!(error instanceof HttpError)) throw error
        if (error instanceof Refusal && !error.retryable) return error.response
        failed += 1
        failures.set(String(failed), error)
        return Response.json({ error_code: String(failed), msg: error.message }, { status: noAnswer })
      }
    },
    failureOf(error) {
      const { status, code } = fieldsOf(error)
      return status === noAnswer ? failures.get(code) : undefined
    },
    counts: client.counts,
    close: () => client.close(),
  }
}

/** What the service answered, kept for supabase-js, which reads it. */
class Refusal extends HttpError {
  readonly response: Response

  constructor(fields: ConstructorParameters<typeof HttpError>[0], response: Response) {
    super(fields)
    this.response = response
  }
}

function refusal(
  status: number,
  body: string,
  what: string,
  header: (name: string) => string | undefined,
): HttpError {
  const headers = new Headers({ 'content-type': 'application/json' })
  const version = header('x-supabase-api-version')
  if (version !== undefined) headers.set('x-supabase-api-version', version)
  return new Refusal(
    {
      kind: kindOfStatus(status),
      status,
      code: header('x-sb-error-code') ?? `HTTP ${status}`,
      message: `${what}: ${status} ${body.slice(0, 200)}`,
      retryAfterMs: parseRetryAfter(header('retry-after')),
    },
    new Response(body, { status, headers }),
  )
}

const methods: readonly Dispatcher.HttpMethod[] = ['GET', 'POST', 'PUT', 'DELETE']

function methodOf(name: string | undefined): Dispatcher.HttpMethod {
  return methods.find((method) => method === name) ?? 'GET'
}

/** The fields of an error of supabase-js. */
export function fieldsOf(error: unknown): { status: number; code: string; message: string } {
  const fields: { status?: unknown; code?: unknown; message?: unknown } =
    typeof error === 'object' && error !== null ? error : {}
  return {
    status: typeof fields.status === 'number' ? fields.status : 0,
    code: typeof fields.code === 'string' ? fields.code : '',
    message: typeof fields.message === 'string' ? fields.message : String(error),
  }
}
