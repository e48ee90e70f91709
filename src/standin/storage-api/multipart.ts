import { errors } from './errors.ts'

interface FormFile {
  bytes: Buffer
  contentType: string | undefined
}

export interface Form {
  fields: Map<string, string>
  file: FormFile
}

/** A field of more bytes than this is dropped, silently, as by the service. */
const maximumField = 1 << 20

/** Reads a multipart/form-data body with one file among any number of text fields, in any order. */
export function parseForm(body: Buffer, contentType: string): Form {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1]
  if (boundary === undefined) throw errors.noContent()
  const fields = new Map<string, string>()
  let file: FormFile | undefined
  for (const part of parts(body, `--${boundary}`)) {
    const name = /[; ]name="([^"]*)"/i.exec(part.head)?.[1] ?? ''
    if (/[; ]filename="/i.test(part.head))
      file ??= { bytes: part.bytes, contentType: /^content-type:\s*(.+)$/im.exec(part.head)?.[1]?.trim() }
    else if (part.bytes.length <= maximumField) fields.set(name, part.bytes.toString())
  }
  if (!file) throw errors.noContent()
  return { fields, file }
}

/** A part lies between two delimiters; a blank line ends its header, a line break precedes the next delimiter. */
function* parts(body: Buffer, delimiter: string): Generator<{ head: string; bytes: Buffer }> {
  let start = body.indexOf(delimiter)
  while (start !== -1) {
    const from = start + delimiter.length
    const next = body.indexOf(`\r\n${delimiter}`, from)
    if (next === -1) return
    const blank = body.indexOf('\r\n\r\n', from)
    if (blank !== -1 && blank <= next)
      yield {
        head: body.toString('utf8', from, blank),
        bytes: body.subarray(blank + 4, Math.max(next, blank + 4)),
      }
    start = next + 2
  }
}
