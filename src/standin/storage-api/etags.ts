import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'

/** Takes in bytes, then says the ETag they have. */
export interface EtagHasher {
  update(chunk: Buffer): void
  digest(): string
}

/** The quoted MD5 of the bytes. */
export function hashWhole(): EtagHasher {
  const hash = createHash('md5')
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => `"${hash.digest('hex')}"`,
  }
}

/** As S3 names an object that was sent in parts of so many bytes: the MD5 of the parts' MD5s, and their number. */
export function hashParts(partSize: number): EtagHasher {
  const whole = createHash('md5')
  let part = createHash('md5')
  let parts = 0
  let room = partSize
  const endPart = () => {
    whole.update(part.digest())
    part = createHash('md5')
    parts += 1
    room = partSize
  }
  return {
    update(chunk) {
      for (let rest = chunk; rest.length > 0; ) {
        if (room === 0) endPart()
        const taken = rest.subarray(0, room)
        part.update(taken)
        room -= taken.length
        rest = rest.subarray(taken.length)
      }
    },
    digest() {
      endPart()
      return `"${whole.digest('hex')}-${parts}"`
    },
  }
}

/** Reads a stream to its end for its ETag. */
export async function hashStream(source: Readable, hasher: EtagHasher): Promise<string> {
  for await (const chunk of source) hasher.update(chunk)
  return hasher.digest()
}
