import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** The SHA-256 of bytes that come by and by, and their MD5 where there is one to compare it with. */
export interface Digests {
  update(chunk: Uint8Array): void
  end(): { sha256: string; md5: string | undefined }
}

/** @param eTag - the MD5, which costs more than the rest of a download, is made only if this promises one. */
export function createDigests(eTag: string | undefined): Digests {
  const sha256 = createHash('sha256')
  const md5 = md5Of(eTag) === undefined ? undefined : createHash('md5')
  return {
    update(chunk) {
      sha256.update(chunk)
      md5?.update(chunk)
    },
    end: () => ({ sha256: sha256.digest('hex'), md5: md5?.digest('hex') }),
  }
}

/** Feeds a file's bytes to whatever digests them. */
export async function digestFile(
  path: string,
  digests: { update(chunk: Uint8Array): unknown },
): Promise<void> {
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
