import type { Dispatcher } from 'undici'
import type { HttpError } from './error.ts'
import { hintGarbage } from './gc-hint.ts'
import type { WatchedTransfer } from './stall-detector.ts'

/** A successful answer whose body is still to be read: whole, in chunks, or not at all. Exactly one must be called. */
export interface Answer {
  status: number
  header(name: string): string | undefined
  whole(): Promise<Buffer>
  /** Hands over each chunk as it arrives. One that is not done with at once returns a promise, which the rest waits for. */
  each(take: (chunk: Buffer) => Promise<unknown> | undefined): Promise<void>
  discard(): void
}

/** A header of a response; the first where there are several. */
export function headerOf(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}

export function answerOf(
  response: Dispatcher.ResponseData,
  watched: WatchedTransfer,
  failure: (error: unknown) => HttpError,
): Answer {
  return {
    status: response.statusCode,
    header: (name) => headerOf(response, name),
    async whole() {
      try {
        return Buffer.from(await response.body.arrayBuffer())
      } catch (error) {
        throw failure(error)
      } finally {
        watched.end()
      }
    },
    async each(take) {
      const { body } = response
      // Events rather than an iterator: a chunk that nothing holds on to costs the collector nothing.
      await new Promise<void>((resolve, reject) => {
        const stop = (error: unknown) => {
          reject(error)
          body.destroy()
        }
        body.on('data', (chunk: Buffer) => {
          watched.moved(chunk.length)
          hintGarbage(chunk.length)
          try {
            const busy = take(chunk)
            if (busy === undefined) return
            body.pause()
            busy.then(() => body.resume(), stop)
          } catch (error) {
            stop(error)
          }
        })
        body.on('error', (error) => {
          try {
            reject(failure(error))
          } catch (reason) {
            reject(reason)
          }
        })
        body.on('end', resolve)
      }).finally(watched.end)
    },
    discard() {
      watched.end()
      response.body.on('error', () => {}).destroy()
    },
  }
}
