import { randomUUID } from 'node:crypto'
import { HttpError } from '../http/error.ts'

/** A part of a multipart body. */
export interface Part {
  /** Of `Content-Disposition`. */
  name: string | undefined
  /** Where it belongs: the header `Supabase-Path`, else the raw `filename`, which may have slashes. */
  path: string | undefined
  content: Buffer
}

/** Blanks (RFC 2046: transport padding) that may stand behind a boundary, in bytes; in practice there are none or a few. */
const paddingBytes = 128

/**
 * Takes a multipart body apart.
 * @param contentType of the answer, with the boundary
 * @throws HttpError `corrupt` where the body is cut or malformed: another attempt may bring it whole
 */
export function parseMultipart(body: Buffer, contentType: string): Part[] {
  const boundary = parametersOf(contentType).get('boundary')
  if (!/^multipart\//i.test(contentType) || !boundary)
    throw corrupt(`its type is ${contentType || 'not said'}`)
  // A line break before the first boundary is not required.
  const data = Buffer.concat([Buffer.from('\r\n'), body])
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  const parts: Part[] = []
  let start = nextDelimiter(data, delimiter, 0)
  if (start === -1) throw corrupt('it has no boundary')
  for (;;) {
    start += delimiter.length
    if (data.subarray(start, start + 2).toString('latin1') === '--') return parts
    const end = nextDelimiter(data, delimiter, start)
    if (end === -1) throw corrupt('it is cut')
    parts.push(parsePart(data.subarray(start, end)))
    start = end
  }
}

/** Where the next boundary is: nothing but blanks stands behind it, or the two dashes of the last. Files may begin a line like it. */
function nextDelimiter(data: Buffer, delimiter: Buffer, from: number): number {
  for (let at = data.indexOf(delimiter, from); at !== -1; at = data.indexOf(delimiter, at + 1)) {
    const behind = at + delimiter.length
    if (/^(--|[ \t]*\r\n)/.test(data.subarray(behind, behind + paddingBytes).toString('latin1'))) return at
  }
  return -1
}

/** What stands between two boundaries, with the rest of the first one's line. */
function parsePart(bytes: Buffer): Part {
  const headersEnd = bytes.indexOf('\r\n\r\n')
  if (headersEnd === -1) throw corrupt('a part has no end of its headers')
  const headers = new Map<string, string>()
  // A line that begins with a blank goes on with the one before.
  const head = bytes
    .subarray(0, headersEnd)
    .toString('utf8')
    .replaceAll(/\r\n[ \t]+/g, ' ')
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const disposition = parametersOf(headers.get('content-disposition') ?? '')
  return {
    name: disposition.get('name'),
    path:
      headers.get('supabase-path') ||
      encodedName(disposition.get('filename*')) ||
      disposition.get('filename') ||
      undefined,
    content: bytes.subarray(headersEnd + 4),
  }
}

/** The parameters of a header such as `form-data; name="file"; filename="a/b.ts"`. */
function parametersOf(header: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, bare = ''] of header.matchAll(
    /;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g,
  ))
    parameters.set(name.toLowerCase(), quoted === undefined ? bare : quoted.replaceAll(/\\(["\\])/g, '$1'))
  return parameters
}

/** A name as RFC 5987 has it: `UTF-8''a%20b.ts`. */
function encodedName(value: string | undefined): string | undefined {
  const [, encoded] = /^utf-8'[^']*'(.*)$/i.exec(value ?? '') ?? []
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

/** That a body is not as it was sent. */
export function corrupt(why: string, cause?: unknown): HttpError {
  return new HttpError({
    ...{ kind: 'corrupt', status: 200, code: 'MULTIPART_BROKEN', cause },
    message: `the answer is no whole multipart body: ${why}`,
  })
}

/** A form with a field `metadata` of JSON and any number of files, as the platform's CLI sends it. */
export function formOf(
  metadata: unknown,
  files: Iterable<readonly [path: string, content: Buffer]>,
): { contentType: string; body: Buffer } {
  const boundary = `functions-${randomUUID()}`
  const chunks: Buffer[] = []
  const add = (disposition: string, type: string, content: Buffer) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n`
    chunks.push(Buffer.from(head), content, Buffer.from('\r\n'))
  }
  add('name="metadata"', 'application/json', Buffer.from(JSON.stringify(metadata)))
  for (const [path, content] of files)
    add(`name="file"; filename="${path.replaceAll('"', '%22')}"`, 'application/octet-stream', content)
  chunks.push(Buffer.from(`--${boundary}--\r\n`))
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(chunks) }
}
