import { describe, expect, test } from 'vitest'
import { createCircuitBreaker } from '../../../src/http/circuit-breaker.ts'
import { createAdaptiveLimit } from '../../../src/http/concurrency.ts'
import { errorOfNetwork, HttpError, parseRetryAfter } from '../../../src/http/error.ts'
import { withRetries } from '../../../src/http/retry.ts'
import { StalledTransfer } from '../../../src/http/stall-detector.ts'
import { errorOfAnswer, serviceDown } from '../../../src/storage/api/error.ts'

const envelope = (statusCode: string, code: string, message = '') =>
  JSON.stringify({ statusCode, error: code, code, message })

describe('an answer that is not a success', () => {
  test.each([
    [400, envelope('404', 'NoSuchKey'), 'missing', false],
    [400, envelope('404', 'NoSuchBucket'), 'missing', false],
    [404, '{"message":"Route GET:/nope not found","error":"Not Found","statusCode":404}', 'missing', false],
    [400, envelope('409', 'KeyAlreadyExists'), 'refused', false],
    [400, envelope('400', 'InvalidKey'), 'refused', false],
    [400, envelope('413', 'EntityTooLarge'), 'refused', false],
    [413, 'Maximum size exceeded\n', 'refused', false],
    [416, '', 'refused', false],
    [400, '', 'refused', false],
    [400, envelope('403', 'AccessDenied', 'signature verification failed'), 'unauthorized', false],
    [401, '{"message":"Invalid API key"}', 'unauthorized', false],
    [400, envelope('429', 'SlowDown'), 'busy', true],
    [400, envelope('500', 'InternalError'), 'busy', true],
    [400, envelope('423', 'ResourceLocked'), 'busy', true],
    [429, envelope('429', 'SlowDown'), 'busy', true],
    [408, '', 'busy', true],
    [423, 'locked', 'busy', true],
    [500, envelope('500', 'InternalError'), 'busy', true],
    [502, '<html>bad gateway</html>', 'busy', true],
    [503, envelope('404', 'NoSuchKey'), 'busy', true],
    [544, envelope('544', 'DatabaseTimeout'), 'busy', true],
  ])('HTTP %i %s means %s', (status, body, kind, retryable) => {
    const error = errorOfAnswer(status, body, 'GET /x')
    expect([error.kind, error.retryable]).toEqual([kind, retryable])
  })

  test('whatever goes wrong on the network can be tried again', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    expect(errorOfNetwork(reset, 'GET /x')).toMatchObject({
      kind: 'network',
      code: 'ECONNRESET',
      retryable: true,
    })
  })
})

test.each([
  ['2', 2_000],
  ['Wed, 21 Oct 2015 07:28:10 GMT', 10_000],
  ['86400', 300_000],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, expected) => {
  expect(parseRetryAfter(header, Date.parse('Wed, 21 Oct 2015 07:28:00 GMT'))).toBe(expected)
})

const failure = (kind: 'busy' | 'refused') =>
  new HttpError({ kind, status: 500, code: 'X', message: 'failed' })
const policy = { retries: 3, minTimeoutMs: 1, maxTimeoutMs: 2 }

describe('retries', () => {
  test('go on until it works', async () => {
    let attempts = 0
    const seen: string[] = []
    const result = await withRetries(
      async () => {
        attempts += 1
        if (attempts < 3) throw failure('busy')
        return 'done'
      },
      { policy, onRetry: (error) => seen.push(error.code) },
    )
    expect([result, attempts, seen]).toEqual(['done', 3, ['X', 'X']])
  })

  test.each([
    [failure('busy'), 4],
    [failure('refused'), 1],
    [new Error('a defect'), 1],
  ])('of %s end after %i attempts', async (error, expected) => {
    let attempts = 0
    const outcome = withRetries(
      async () => {
        attempts += 1
        throw error
      },
      { policy },
    )
    await expect(outcome).rejects.toBe(error)
    expect(attempts).toBe(expected)
  })
})

describe('attempts that stand still', () => {
  /** How many are made where each comes as far as the next of these says, in KiB, and the last one for ever. */
  async function attemptsReaching(...kibibytes: number[]): Promise<number> {
    let attempts = 0
    const outcome = withRetries(
      async () => {
        const reached = (kibibytes[attempts] ?? kibibytes.at(-1) ?? 0) * 1024
        attempts += 1
        throw errorOfNetwork(new StalledTransfer(60_000, reached), 'GET /x')
      },
      { policy: { ...policy, retries: 7 } },
    )
    await expect(outcome).rejects.toMatchObject({ code: 'STALLED' })
    return attempts
  }

  test.each([
    ['at the first byte', [0], 3],
    ['at the same place', [500], 3],
    ['a few bytes further each time', [500, 501, 502, 503, 504], 3],
    ['first there, then before it', [500, 20, 20], 3],
    ['once more after it came further', [0, 0, 500], 5],
    ['further each time', [100, 200, 300, 400, 500, 600, 700, 800], 8],
  ])('%s are given up after %j: %i', async (_, reached, expected) => {
    expect(await attemptsReaching(...reached)).toBe(expected)
  })
})

describe('adaptive concurrency', () => {
  test('halves once for all complaints of a second, and climbs one by one', () => {
    let now = 0
    const limit = createAdaptiveLimit(8, () => now)
    for (let n = 0; n < 5; n += 1) limit.slowDown()
    expect(limit.current).toBe(4)
    now += 1_000
    limit.slowDown()
    expect(limit.current).toBe(2)
    for (let n = 0; n < 2; n += 1) limit.succeeded()
    expect(limit.current).toBe(3)
    for (let n = 0; n < 100; n += 1) limit.succeeded()
    expect(limit.current).toBe(8)
    for (let n = 0; n < 5; n += 1) {
      now += 1_000
      limit.slowDown()
    }
    expect(limit.current).toBe(1)
  })

  test('never runs more at a time than it says, and holds back who submits', async () => {
    const limit = createAdaptiveLimit(2)
    let running = 0
    let most = 0
    let submitted = 0
    const release: (() => void)[] = []
    const results: Promise<void>[] = []
    const producer = (async () => {
      for (let n = 0; n < 20; n += 1) {
        const { result } = await limit.submit(async () => {
          running += 1
          most = Math.max(most, running)
          await new Promise<void>((resolve) => release.push(resolve))
          running -= 1
        })
        submitted += 1
        results.push(result)
      }
    })()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(submitted).toBeLessThanOrEqual(4)
    const ticker = setInterval(() => release.shift()?.(), 1)
    await producer
    await Promise.all(results)
    clearInterval(ticker)
    expect([most, submitted]).toEqual([2, 20])
  })
})

describe('the breaker', () => {
  test('asks the service after failures in a row only, and counts anew when it lives', async () => {
    let probes = 0
    const breaker = createCircuitBreaker({
      serviceDown,
      threshold: 3,
      probe: async () => {
        probes += 1
      },
    })
    for (const step of ['fail', 'fail', 'ok', 'fail', 'fail', 'fail', 'fail', 'fail'])
      if (step === 'ok') breaker.succeeded()
      else await breaker.failed(failure('busy'))
    expect(probes).toBe(1)
  })

  test('ends the run when the service does not answer', async () => {
    const breaker = createCircuitBreaker({
      threshold: 1,
      serviceDown,
      probe: () => Promise.reject(new Error('refused')),
    })
    await expect(breaker.failed(failure('busy'))).rejects.toMatchObject({ code: 'STORAGE_DOWN' })
  })
})
