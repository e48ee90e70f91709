import type { Dispatcher } from 'undici'
import {
  createHttpClient,
  type Exchange,
  type HttpClient,
  type HttpClientOptions,
} from '../../http/client.ts'
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
  /** The same in one attempt. */
  once: typeof fetch
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
  const send = async (exchange: Exchange) => {
    const answer = await client.send(exchange)
    const headers = new Headers()
    for (const name of ['x-total-count', 'link', 'content-type']) {
      const value = answer.header(name)
      if (value !== undefined) headers.set(name, value)
    }
    return new Response(new Uint8Array(await answer.whole()), { status: answer.status, headers })
  }
  const answered = async (work: () => Promise<Response>) => {
    try {
      return await work()
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof HttpError)) throw error
      if (error instanceof Refusal && !error.retryable) return error.response
      failed += 1
      failures.set(String(failed), error)
      return Response.json({ error_code: String(failed), msg: error.message }, { status: noAnswer })
    }
  }
  return {
    fetch(input, init) {
      const exchange = exchangeOf(input, init)
      const attempt = isOfOneUser(exchange) ? believing500(() => send(exchange)) : () => send(exchange)
      return answered(() => client.retrying(attempt))
    },
    once: (input, init) => answered(() => send(exchangeOf(input, init))),
    failureOf(error) {
      const { status, code } = fieldsOf(error)
      return status === noAnswer ? failures.get(code) : undefined
    },
    counts: client.counts,
    close: () => client.close(),
  }
}

function exchangeOf(input: Parameters<typeof fetch>[0], init: Parameters<typeof fetch>[1]): Exchange {
  const url = new URL(String(input))
  // Newest first by default: then every user who signs up meanwhile moves all others on.
  if (url.pathname.endsWith(usersPath) && url.searchParams.has('page'))
    url.searchParams.set('sort', 'created_at asc')
  return {
    method: methodOf(init?.method),
    path: `${url.pathname}${url.search}`,
    headers: Object.fromEntries(new Headers(init?.headers)),
    body: typeof init?.body === 'string' ? init.body : undefined,
  }
}

const usersPath = '/admin/users'

function isOfOneUser({ method, path }: Exchange): boolean {
  return method === 'POST' || path.includes(`${usersPath}/`)
}

/** So many answers of 500 to a request about one user are that user's: the service says the same of an address that is taken. */
const faultsBelieved = 3

/** A list that is answered with 500 is asked for as long as any other request: the service's database may be starting. */
function believing500(attempt: () => Promise<Response>): () => Promise<Response> {
  let faults = 0
  return async () => {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 500) throw error
      faults += 1
      throw faults < faultsBelieved ? error : error.final()
    }
  }
}

/** What the service answered, kept for supabase-js, which reads it. */
class Refusal extends HttpError {
  readonly response: Response

  constructor(fields: ConstructorParameters<typeof HttpError>[0], response: Response) {
    super(fields)
    this.response = response
  }

  /** The same, not to be asked again. */
  final(): Refusal {
    const { status, code, message } = this
    return new Refusal({ kind: 'refused', status, code, message }, this.response)
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
