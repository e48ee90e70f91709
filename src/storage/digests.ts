import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** SHA-256 and MD5 of bytes that come by and by. */
export interface Digests {
  update(chunk: Uint8Array): void
  end(): { sha256: string; md5: string }
}

export function createDigests(): Digests {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  return {
    update(chunk) {
      sha256.update(chunk)
      md5.update(chunk)
    },
    end: () => ({ sha256: sha256.digest('hex'), md5: md5.digest('hex') }),
  }
}

/** Feeds a file's bytes to digests. */
export async function digestFile(path: string, digests: Digests): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digests.update(chunk)
}

/** An ETag without its quotes and the mark of weakness a proxy may add. */
export function bareETag(eTag: string | undefined): string | undefined {
  return eTag?.replace(/^W\//, '').replace(/^"|"$/g, '')
}

/** The MD5 an ETag promises, if it has the form of one; multipart uploads have `<md5 of md5s>-<parts>`. */
export function md5Of(eTag: string | undefined): string | undefined {
  const bare = bareETag(eTag)
  return bare !== undefined && /^[0-9a-f]{32}$/.test(bare) ? bare : undefined
}
