import { closeSync, openSync, readSync } from 'node:fs'

/** A file that others append lines to. */
export interface Tail {
  /** The whole lines that have come since the last call. */
  read(): string[]
  close(): void
}

const chunkBytes = 1 << 16

/** Opens a file to be read from its beginning as it grows. @throws when it is not there */
export function openTail(path: string): Tail {
  const fd = openSync(path, 'r')
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let rest = Buffer.alloc(0)
  return {
    read() {
      const parts = [rest]
      for (;;) {
        const count = readSync(fd, chunk, 0, chunk.length, null)
        if (count === 0) break
        parts.push(Buffer.from(chunk.subarray(0, count)))
      }
      const bytes = Buffer.concat(parts)
      const end = bytes.lastIndexOf('\n') + 1
      rest = bytes.subarray(end)
      return end === 0
        ? []
        : bytes
            .subarray(0, end - 1)
            .toString('utf8')
            .split('\n')
    },
    close: () => closeSync(fd),
  }
}
