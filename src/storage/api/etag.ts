import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { bareETag, digestFile, md5Of } from './digests.ts'

const mebibyte = 1 << 20
/** Sizes of parts in use: the service's 16 MiB and 50 MiB, and those of common S3 clients and TUS uploads. */
const partSizes = [5, 6, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128].map((mib) => mib * mebibyte)

async function multipartETag(path: string, partBytes: number): Promise<string> {
  const whole = createHash('md5')
  let part = createHash('md5')
  let filled = 0
  let parts = 0
  const endPart = () => {
    whole.update(part.digest())
    part = createHash('md5')
    parts += 1
    filled = 0
  }
  for await (const chunk of createReadStream(path, { highWaterMark: mebibyte })) {
    let rest: Buffer = chunk
    while (rest.length > 0) {
      const taken = rest.subarray(0, partBytes - filled)
      part.update(taken)
      filled += taken.length
      rest = rest.subarray(taken.length)
      if (filled === partBytes) endPart()
    }
  }
  if (filled > 0) endPart()
  return `${whole.digest('hex')}-${parts}`
}

/**
 * Whether an ETag can be proved to be that of a local file: its MD5, or the form S3 gives to uploads in parts, tried
 * with every part size in use that makes as many parts. False means unknown, not different.
 *
 * @param bytes - the file's size.
 */
export async function isETagOfFile(eTag: string, path: string, bytes: number): Promise<boolean> {
  const md5 = md5Of(eTag)
  if (md5 !== undefined) {
    const hash = createHash('md5')
    await digestFile(path, hash)
    return hash.digest('hex') === md5
  }
  const bare = bareETag(eTag) ?? ''
  const parts = Number(/^[0-9a-f]{32}-(\d+)$/.exec(bare)?.[1])
  for (const partBytes of partSizes)
    if (Math.ceil(bytes / partBytes) === parts && (await multipartETag(path, partBytes)) === bare) return true
  return false
}
