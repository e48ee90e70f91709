import type { ServerEvent } from '../../shared/server-event.ts'
import type { Bus } from '../services/bus.ts'

const heartbeatMs = 25_000
/** So many answers may wait for a reader that is slow; then it is cut off, and comes again. */
const mostWaiting = 500

/** Of whoever reads a stream. */
export interface Listener {
  /** Whether they are signed in still. */
  isIn(): boolean
  /** Whether this is for them. */
  sees(event: ServerEvent): boolean
}

/** What has changed, as server-sent events, as long as whoever reads is signed in. */
export function eventStream(bus: Bus, { isIn, sees }: Listener): Response {
  const encoder = new TextEncoder()
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) <= -mostWaiting) return end()
          controller.enqueue(encoder.encode(text))
        }
        const unlisten = bus.listen((event) => {
          if (sees(event)) send(`data: ${JSON.stringify(event)}\n\n`)
        })
        const heartbeat = setInterval(() => (isIn() ? send(': here\n\n') : end()), heartbeatMs)
        const end = () => {
          stop()
          controller.close()
        }
        stop = () => {
          unlisten()
          clearInterval(heartbeat)
          stop = () => {}
        }
        send('retry: 2000\n\n')
      },
      cancel: () => stop(),
    },
    { highWaterMark: 1 },
  )
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}
