import { jsonBroken, notJson, tooLarge } from './problems.ts'

/** No call is near it. */
const mostBytes = 1 << 20

/** The text of a request's body, bounded. @throws Problem TOO_LARGE */
async function readText(request: Request): Promise<string> {
  if (request.body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body) {
    bytes += chunk.length
    if (bytes > mostBytes) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * A request's body as text and as JSON; undefined where it is empty.
 * @throws Problem TOO_LARGE, NOT_JSON, INPUT_INVALID
 */
export async function readBody(request: Request): Promise<{ text: string; value: unknown }> {
  const text = await readText(request)
  if (text === '') return { text, value: undefined }
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw notJson
  try {
    return { text, value: JSON.parse(text) }
  } catch {
    throw jsonBroken
  }
}
