import { describe, expect, it } from 'vitest'
import { parseMultipart } from '../../../src/functions/multipart.ts'

const type = 'multipart/form-data; boundary=b0'
const part = (headers: string, content: string) => `--b0\r\n${headers}\r\n\r\n${content}\r\n`
const file = (name: string, content: string) =>
  part(`Content-Disposition: form-data; name="file"; ${name}`, content)
const parse = (body: string) =>
  parseMultipart(Buffer.from(body), type).map(({ path, content }) => [path, content.toString()])

describe('A multipart body', () => {
  it.each([
    ['whose file has lines that begin like its boundary', 'a\r\n--b01\r\n--b0x--\r\nb'],
    ['whose file is empty', ''],
    ['whose file is dashes', '--'],
    ['whose file ends with line breaks', 'a\r\n\r\n'],
  ])('%s is taken apart', (_what, content) => {
    const body = `${file('filename="index.ts"', content)}${file('filename="b.ts"', 'b')}--b0--`
    expect(parse(body)).toEqual([
      ['index.ts', content],
      ['b.ts', 'b'],
    ])
  })

  it('may have blanks behind a boundary, text before and behind all, and headers that go on in the next line', () => {
    const body = `before\r\n${part('Content-Disposition: form-data; name="file";\r\n\tfilename="a.ts"', 'a').replace('--b0', '--b0 \t')}--b0-- \r\nbehind`
    expect(parse(body)).toEqual([['a.ts', 'a']])
  })

  it('tells a path in the header of its own, encoded, or as it is', () => {
    const own = part(
      'Supabase-Path: c/d.ts\r\nContent-Disposition: form-data; name="file"; filename="d.ts"',
      '',
    )
    const body = `${own}${file("filename*=UTF-8''%C3%A4%20b.ts", '')}${file(`filename="_.ts"; filename*=utf-8'de'%C3%B6.ts`, '')}${file('filename="e.ts"; filename*=UTF-8\'\'%zz', '')}--b0--`
    expect(parse(body).map(([path]) => path)).toEqual(['c/d.ts', 'ä b.ts', 'ö.ts', 'e.ts'])
  })

  it.each([
    ['in a file', file('filename="a.ts"', 'a').slice(0, -4)],
    ['behind a file', file('filename="a.ts"', 'a')],
    ['in its last boundary', `${file('filename="a.ts"', 'a')}--b0-`],
    ['behind a boundary', `${file('filename="a.ts"', 'a')}--b0\r\n`],
    ['in its headers', '--b0\r\nContent-Disposition: form'],
  ])('that is cut %s is not whole', (_where, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })
})
