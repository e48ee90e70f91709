import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'

/** A form of text fields and one file, with a length known beforehand. */
export function formBody(form: { fields: Record<string, string>; path: string; bytes: number }): {
  contentType: string
  length: number
  body: Readable
} {
  const boundary = `form-${randomUUID()}`
  const head = Buffer.from(
    [
      ...Object.entries(form.fields).map(
        ([name, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      ),
      `--${boundary}\r\nContent-Disposition: form-data; name=""; filename="object"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ].join(''),
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  async function* chunks() {
    yield head
    yield* createReadStream(form.path)
    yield tail
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + form.bytes + tail.length,
    body: Readable.from(chunks(), { objectMode: false }),
  }
}
