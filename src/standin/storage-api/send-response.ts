import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Reply } from './exchange.ts'
import type { Fault } from './faults.ts'

type Chunks = AsyncIterable<Buffer>

/**
 * Sends an answer with whatever faults strike it, and counts the bytes of its body.
 * @returns bytes handed to the connection.
 */
export async function sendResponse(
  response: ServerResponse,
  reply: Reply,
  faults: readonly Fault[],
): Promise<number> {
  const { headers, strict } = faultyHeaders(reply, faults)
  response.shouldKeepAlive &&= strict
  response.writeHead(reply.status, headers)
  const bodyless = reply.body === undefined || response.req.method === 'HEAD'
  const struck = faults.some(({ kind }) => kind === 'cut' || kind === 'corrupt' || kind === 'trickle')
  if (bodyless) {
    // Without this Node would add a Content-Length of 0 of its own.
    response.flushHeaders()
    response.end()
    return 0
  }
  if (!(reply.body instanceof Readable) && !struck) {
    response.end(reply.body)
    return Buffer.byteLength(reply.body ?? '')
  }
  let sent = 0
  const count = (bytes: number) => {
    sent += bytes
  }
  let chunks: Chunks = toChunks(reply.body)
  for (const fault of faults) chunks = faulty(chunks, fault, response)
  try {
    await pipeline(counted(chunks, count), response)
  } catch {
    // The caller went away, or a fault ended the connection: nobody is left to tell.
  } finally {
    // A body nobody has begun to read would keep its file open.
    if (reply.body instanceof Readable) reply.body.destroy()
  }
  return sent
}

function faultyHeaders(reply: Reply, faults: readonly Fault[]) {
  const headers = { ...reply.headers }
  let strict = true
  for (const fault of faults) {
    if (fault.kind !== 'length') continue
    // The connection cannot be used again once the caller waits for bytes that never come.
    strict = false
    if (fault.contentLength === null) delete headers['content-length']
    else headers['content-length'] = String(fault.contentLength)
  }
  return { headers, strict }
}

async function* toChunks(body: Reply['body']): Chunks {
  if (body instanceof Readable) yield* body
  else yield Buffer.from(body ?? '')
}

async function* counted(chunks: Chunks, count: (bytes: number) => void): Chunks {
  for await (const chunk of chunks) {
    count(chunk.length)
    yield chunk
  }
}

function faulty(chunks: Chunks, fault: Fault, response: ServerResponse): Chunks {
  switch (fault.kind) {
    case 'cut':
      return cut(chunks, fault.bytes, response)
    case 'corrupt':
      return corrupt(chunks, fault.offset ?? 0)
    case 'trickle':
      return trickle(chunks, fault.bytes, fault.pause)
    default:
      return chunks
  }
}

async function* cut(chunks: Chunks, bytes: number, response: ServerResponse): Chunks {
  let left = bytes
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left > 0) continue
    // Let what was written reach the caller before the connection goes.
    response.flushHeaders()
    await new Promise((resolve) => response.write('', resolve))
    response.destroy()
    return
  }
}

async function* corrupt(chunks: Chunks, offset: number): Chunks {
  let position = 0
  for await (const chunk of chunks) {
    const altered = Buffer.from(chunk)
    const index = offset - position
    if (index >= 0 && index < altered.length) altered[index] = (altered[index] ?? 0) ^ 1
    position += chunk.length
    yield altered
  }
}

async function* trickle(chunks: Chunks, bytes: number, pause: number): Chunks {
  for await (const chunk of chunks)
    for (let start = 0; start < chunk.length; start += bytes) {
      await sleep(pause)
      yield chunk.subarray(start, start + bytes)
    }
}
