import { Readable } from 'node:stream'
import type { Dispatcher, Pool } from 'undici'
import type { z } from 'zod'
import { BackupError } from '../common/errors.ts'
import { shownName } from '../common/shown-name.ts'
import { type Answer, answerOf, headerOf } from './answer.ts'
import { errorOfNetwork, HttpError } from './error.ts'
import { hintGarbage } from './gc-hint.ts'
import type { Pulse } from './pulse.ts'
import { defaultRetryPolicy, type RetryPolicy, withRetries } from './retry.ts'
import { createStallDetector, type WatchedTransfer } from './stall-detector.ts'

export interface HttpClientOptions {
  /** What all paths lie below. */
  url: string
  /** What goes with every request: credentials above all. */
  headers: Record<string, string>
  /** The service's own way to tell what is wrong. */
  errorOfAnswer: ErrorOfAnswer
  /** Connections at most, each carrying one request at a time. */
  connections: number
  signal?: AbortSignal | undefined
  retry?: Partial<RetryPolicy> | undefined
  /** A transfer that moves less than 16 KiB in so many milliseconds is given up and tried again. Default 60,000. */
  stallMs?: number | undefined
  /** Is told of what is asked and of every sign of life. */
  pulse?: Pulse | undefined
  /** Called for each attempt that will be repeated. */
  onRetry?: ((error: HttpError) => void) | undefined
}

/** The error of an answer that is not a success: its status, its body, what was asked, and its headers. */
type ErrorOfAnswer = (
  status: number,
  body: string,
  what: string,
  header: (name: string) => string | undefined,
) => HttpError

export interface Exchange {
  method: Dispatcher.HttpMethod
  /** Below the endpoint, encoded, with a leading slash. */
  path: string
  headers?: Record<string, string> | undefined
  /** A stream needs `content-length` among the headers and cannot be sent twice. */
  body?: string | Buffer | Readable | undefined
  /** Bytes to be moved, for the time allowed. */
  expectedBytes?: number | undefined
  /** Bytes that came in an earlier exchange, which this one goes on from. */
  movedBefore?: number | undefined
}

export interface HttpClient {
  /** One attempt. @throws HttpError unless the answer is a success (2xx). */
  send(exchange: Exchange): Promise<Answer>
  /** One attempt; the answer's JSON through the schema. */
  once<Value>(exchange: Exchange, schema: z.ZodType<Value>): Promise<Value>
  /** As `once`, in as many attempts as the policy allows. */
  call<Value>(exchange: Exchange, schema: z.ZodType<Value>): Promise<Value>
  /** Runs something made of single attempts under the same policy. */
  retrying<Result>(attempt: () => Promise<Result>): Promise<Result>
  /** Requests sent and attempts repeated so far. */
  readonly counts: { requests: number; retries: number }
  signal: AbortSignal | undefined
  close(): Promise<void>
}

/** A JSON request. */
export function jsonExchange(method: Dispatcher.HttpMethod, path: string, body: unknown): Exchange {
  return { method, path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** A client of one service, over connections that it keeps. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const counts = { requests: 0, retries: 0 }
  const { send, close } = createSender(options, counts)
  const policy = { ...defaultRetryPolicy, ...options.retry }
  const onRetry = (error: HttpError) => {
    counts.retries += 1
    options.onRetry?.(error)
  }
  const retrying = async <Result>(attempt: () => Promise<Result>) => {
    const done = options.pulse?.begin()
    try {
      return await withRetries(attempt, { policy, signal: options.signal, onRetry })
    } finally {
      done?.()
    }
  }
  const once = async <Value>(exchange: Exchange, schema: z.ZodType<Value>) => {
    const answer = await send(exchange)
    const text = (await answer.whole()).toString('utf8')
    return parseAnswer(text, schema, `${exchange.method} ${exchange.path}`)
  }
  return {
    send,
    once,
    call: (exchange, schema) => retrying(() => once(exchange, schema)),
    retrying,
    counts,
    signal: options.signal,
    close,
  }
}

/** Sends single requests, each under watch, and counts them. */
function createSender(
  options: HttpClientOptions,
  counts: { requests: number },
): Pick<HttpClient, 'send' | 'close'> {
  const { signal, pulse } = options
  const url = new URL(options.url)
  const prefix = url.pathname.replace(/\/+$/, '')
  let opened: Promise<Pool> | undefined
  const pool = () => (opened ??= openPool(url.origin, options.connections))
  const destroy = async () => (await opened)?.destroy()
  const abort = () => void destroy()
  signal?.addEventListener('abort', abort, { once: true })
  const stalls = createStallDetector(options.stallMs ?? 60_000)

  /** What a request failed by. Where the run was ended, that is the reason, not the connections it took with it. */
  const failure = (what: string) => (error: unknown) => {
    signal?.throwIfAborted()
    const failed = errorOfNetwork(error, what)
    if (failed.kind === 'network' || failed.kind === 'busy') pulse?.failed(failed)
    else pulse?.alive()
    return failed
  }

  return {
    async send({ method, path, headers, body, expectedBytes, movedBefore }) {
      signal?.throwIfAborted()
      const what = `${method} ${shownName(path)}`
      const watched = underPulse(stalls.start(expectedBytes ?? 0, movedBefore), pulse)
      counts.requests += 1
      try {
        const response = await (await pool()).request({
          method,
          path: prefix + path,
          headers: headers ? { ...options.headers, ...headers } : options.headers,
          body: body instanceof Readable ? counted(body, watched) : (body ?? null),
          signal: watched.signal,
        })
        if (response.statusCode >= 200 && response.statusCode < 300) {
          pulse?.alive()
          return answerOf(response, watched, failure(what))
        }
        const text = await response.body.text()
        throw options.errorOfAnswer(response.statusCode, text, what, (name) => headerOf(response, name))
      } catch (error) {
        watched.end()
        // Thrown by the body itself, e.g. because the file to be sent is damaged.
        if (error instanceof BackupError) throw error
        throw failure(what)(error)
      }
    },
    async close() {
      stalls.stop()
      pulse?.stop()
      signal?.removeEventListener('abort', abort)
      await destroy()
    },
  }
}

/** Loaded with the first request: it is a third of a worker's start, and most nights a worker asks for nothing. */
async function openPool(origin: string, connections: number): Promise<Pool> {
  const { default: undici } = await import('undici')
  return new undici.Pool(origin, {
    connections,
    pipelining: 1,
    // The stall detector judges progress; these two would cut what is slow but moving.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: 10_000 },
  })
}

/** A transfer whose bytes are signs of life. */
function underPulse(watched: WatchedTransfer, pulse: Pulse | undefined): WatchedTransfer {
  if (pulse === undefined) return watched
  const done = pulse.begin()
  return {
    signal: watched.signal,
    moved(bytes) {
      pulse.alive()
      watched.moved(bytes)
    },
    end: once(() => {
      done()
      watched.end()
    }),
  }
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

/** A body on its way out, under watch. */
function counted(body: Readable, watched: WatchedTransfer): Readable {
  async function* chunks() {
    for await (const chunk of body) {
      watched.moved(chunk.length)
      hintGarbage(chunk.length)
      yield chunk
    }
  }
  return Readable.from(chunks(), { objectMode: false })
}

function parseAnswer<Value>(text: string, schema: z.ZodType<Value>, what: string): Value {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new HttpError({
      kind: 'corrupt',
      status: 200,
      code: 'NOT_JSON',
      message: `${what}: the answer is not JSON`,
      cause,
    })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new HttpError({
    kind: 'refused',
    status: 200,
    code: 'UNKNOWN_ANSWER',
    message: `${what}: the answer has another shape than it should: ${parsed.error.issues[0]?.message}`,
  })
}
