const heartbeatMs = 25_000
/** So many answers may wait for a reader that is slow; then it is cut off, and comes again. */
const mostWaiting = 500

/** What a stream is written with. */
export interface StreamWriter {
  /** One event, or several, as text of the stream's form. */
  send(text: string): void
  end(): void
}

/**
 * A stream of server-sent events, as long as whoever reads may.
 * @param begin begins to write @returns ends that
 */
export function eventStream(begin: (writer: StreamWriter) => () => void, isStillIn: () => boolean): Response {
  const encoder = new TextEncoder()
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isOpen = true
        const end = () => {
          if (!isOpen) return
          stop()
          controller.close()
        }
        const send = (text: string) => {
          if (!isOpen) return
          if ((controller.desiredSize ?? 0) <= -mostWaiting) return end()
          controller.enqueue(encoder.encode(text))
        }
        const heartbeat = setInterval(() => (isStillIn() ? send(': here\n\n') : end()), heartbeatMs)
        send('retry: 2000\n\n')
        let endWriting = () => {}
        stop = () => {
          isOpen = false
          clearInterval(heartbeat)
          endWriting()
          stop = () => {}
        }
        endWriting = begin({ send, end })
        // It may have ended while it began.
        if (!isOpen) endWriting()
      },
      cancel: () => stop(),
    },
    { highWaterMark: 1 },
  )
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}
