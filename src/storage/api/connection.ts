import { z } from 'zod'
import type { Log } from '../../common/log.ts'
import type { HttpClient } from '../../http/client.ts'
import { type AdaptiveLimit, createAdaptiveLimit } from '../../http/concurrency.ts'
import { createPulse, defaultSilenceMs } from '../../http/pulse.ts'
import { checkServiceRoleKey } from './access.ts'
import { createStorageClient, type StorageClientOptions, type StorageEndpoint } from './client.ts'
import { serviceDown } from './error.ts'

export interface ConnectionOptions extends Pick<StorageClientOptions, 'endpoint' | 'retry' | 'stallMs'> {
  /** Objects at a time, at most. Default 10. */
  concurrency?: number | undefined
  /** Without a sign of life for so many milliseconds the service is asked whether it is there. Default 45,000. */
  silenceMs?: number | undefined
  log: Log
  signal?: AbortSignal | undefined
}

/** A run's way to a Storage service. */
export interface Connection {
  client: HttpClient
  limit: AdaptiveLimit
  concurrency: number
  /** Fires when the run is interrupted or cannot go on. */
  signal: AbortSignal
  /** Ends the run with the reason given. */
  failure: AbortController
}

/** Who watches a log need not read of every attempt. */
const tellEveryMs = 60_000
/** How long an answer to that may take, in milliseconds. */
const probeMs = 10_000

/** Asks for nothing but a sign of life, on a connection of its own: the others may all be waiting. */
async function probe(endpoint: StorageEndpoint): Promise<void> {
  const client = createStorageClient({ endpoint, connections: 1, stallMs: probeMs })
  try {
    await client.once({ method: 'GET', path: '/bucket' }, z.unknown())
  } finally {
    await client.close()
  }
}

/** Checks the key and makes a client whose requests give way when the service complains. Nothing is sent yet. */
export function openConnection(options: ConnectionOptions): Connection {
  const { endpoint, retry, stallMs, log, concurrency = 10 } = options
  checkServiceRoleKey(endpoint.serviceRoleKey)
  const limit = createAdaptiveLimit(concurrency)
  const failure = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failure.signal]) : failure.signal
  const pulse = createPulse({
    silenceMs: options.silenceMs ?? defaultSilenceMs,
    probe: () => probe(endpoint),
    serviceDown,
    down: (error) => failure.abort(error),
  })
  let toldAt = Number.NEGATIVE_INFINITY
  const client = createStorageClient({
    endpoint,
    connections: concurrency,
    signal,
    retry,
    stallMs,
    pulse,
    onRetry(error) {
      // A 500 tells of one object or of a service that is down; neither is helped by fewer requests.
      if (error.status !== 500) limit.slowDown()
      const tell = performance.now() - toldAt >= tellEveryMs
      if (tell) toldAt = performance.now()
      log[tell ? 'warn' : 'debug'](`trying again: ${error.message}`)
    },
  })
  return { client, limit, concurrency, signal, failure }
}
