import { errors } from './errors.ts'

export interface ByteRange {
  start: number
  /** Inclusive. */
  end: number
}

/**
 * The one range a `Range` header asks of a body of that many bytes; an end past the last byte is cut there.
 * Everything else (several ranges, other units, a start past the end, any range of an empty body) is a 416.
 */
export function parseRange(header: string, size: number): ByteRange {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header)
  if (!match || size === 0 || header === 'bytes=-') throw errors.invalidRange()
  const [first, last] = [match[1] ?? '', match[2] ?? '']
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start > end) throw errors.invalidRange()
  return { start, end }
}
