import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseForm } from '../../../src/standin/storage-api/multipart.ts'

const contentType = 'multipart/form-data; boundary=xyz'

function form(parts: { head: string; bytes: Uint8Array }[]): Buffer {
  const lines = parts.flatMap(({ head, bytes }) => ['--xyz\r\n', `${head}\r\n\r\n`, bytes, '\r\n'])
  return Buffer.concat([...lines, '--xyz--\r\n'].map((line) => Buffer.from(line)))
}

const fileHead = 'Content-Disposition: form-data; name=""; filename="f"\r\nContent-Type: a/b'

test('any bytes of a file come out as they went in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const { file } = parseForm(form([{ head: fileHead, bytes }]), contentType)
      expect(file.contentType).toBe('a/b')
      expect(file.bytes.equals(bytes)).toBe(true)
    }),
  )
})

test('bytes that look like line ends, headers or half a delimiter belong to the file', () => {
  const bytes = Buffer.from('\r\n\r\n--xy\r\nname="x"\r\n')
  expect(parseForm(form([{ head: fileHead, bytes }]), contentType).file.bytes.equals(bytes)).toBe(true)
})

test('fields are read before and after the file, and one of more than 1 MiB is dropped', () => {
  const field = (name: string, length: number) => ({
    head: `Content-Disposition: form-data; name="${name}"`,
    bytes: Buffer.alloc(length, 'v'),
  })
  const parts = [field('before', 2), { head: fileHead, bytes: Buffer.from('x') }, field('after', 3)]
  const { fields } = parseForm(form([...parts, field('big', (1 << 20) + 1)]), contentType)
  expect(fields).toEqual(
    new Map([
      ['before', 'vv'],
      ['after', 'vvv'],
    ]),
  )
})

test('a form without a file is refused', () => {
  const field = { head: 'Content-Disposition: form-data; name="a"', bytes: Buffer.from('1') }
  expect(() => parseForm(form([field]), contentType)).toThrow('No content provided')
})
