import { request } from 'node:http'

export interface RawRequest {
  method: string
  /** Sent byte for byte. */
  path: string
  headers: Record<string, string>
  body: Buffer
  chunked?: boolean
}

export interface RawResponse {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** Sends one request on a connection of its own, with nothing normalised and no header added but Host and framing. */
export function sendRaw(
  origin: string,
  { method, path, headers, body, chunked }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port } = new URL(origin)
  const bodyExpected = method === 'POST' || method === 'PUT' || method === 'PATCH'
  const framing =
    body.length > 0 || bodyExpected
      ? chunked
        ? { 'transfer-encoding': 'chunked' }
        : { 'content-length': String(body.length) }
      : {}
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, method, path, headers: { ...headers, ...framing }, agent: false },
      async (incoming) => {
        const chunks: Buffer[] = []
        try {
          for await (const chunk of incoming) chunks.push(chunk)
        } catch (error) {
          reject(error)
          return
        }
        const received = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])
        resolve({
          status: incoming.statusCode ?? 0,
          headers: Object.fromEntries(received),
          body: Buffer.concat(chunks),
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
