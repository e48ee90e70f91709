import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { orAborted, together } from '../../../src/common/abort.ts'

const forever = new Promise<never>(() => {})

describe('work that knows no signal', () => {
  test('gives what it comes to', async () => {
    const { signal } = new AbortController()
    await expect(orAborted(Promise.resolve(1), signal)).resolves.toBe(1)
    await expect(orAborted(Promise.reject(new Error('own')), signal)).rejects.toThrow('own')
  })

  test('is left as soon as the signal fires, also when it has fired before', async () => {
    const abort = new AbortController()
    const left = orAborted(forever, abort.signal)
    abort.abort(new Error('interrupted'))
    await expect(left).rejects.toThrow('interrupted')
    await expect(orAborted(forever, abort.signal)).rejects.toThrow('interrupted')
  })
})

describe('work side by side', () => {
  test('gives both results', async () => {
    expect(
      await together(
        undefined,
        async () => 1,
        async () => 'two',
      ),
    ).toEqual([1, 'two'])
  })

  test('is stopped by the first failure, which is thrown when all of it has ended', async () => {
    let ended = false
    const work = together(
      undefined,
      async (signal) => {
        await orAborted(forever, signal).catch(() => {})
        await sleep(20)
        ended = true
        throw new Error('stopped')
      },
      async () => {
        throw new Error('the reason')
      },
    )
    await expect(work).rejects.toThrow('the reason')
    expect(ended).toBe(true)
  })

  test('is stopped by the signal from outside', async () => {
    const abort = new AbortController()
    const wait = (signal: AbortSignal) => orAborted(forever, signal)
    const work = together(abort.signal, wait, wait)
    abort.abort(new Error('interrupted'))
    await expect(work).rejects.toThrow('interrupted')
  })
})
