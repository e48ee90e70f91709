import { errors, type StorageError } from './errors.ts'
import { type EtagHasher, hashParts, hashWhole } from './etags.ts'

/** One version of one object: what a stored file is found by. */
export interface Address {
  bucket: string
  key: string
  version: string
}

/** How bytes came: in one request of known length, in one of unknown length, or through a resumable upload. */
export type Arrival = 'whole' | 'chunked' | 'resumable'

/** Where two kinds of storage behind the service differ. */
export interface Backend {
  hasher(arrival: Arrival): EtagHasher
  /** Whether the ETag was noted with the bytes, rather than computed from them at every read. */
  notesEtags: boolean
  /** Throws unless the backend has room for such a name. */
  requireStorable(address: Address): void
  /** The answer for a row whose bytes are gone. */
  bytesGone(): StorageError
}

const mebibyte = 1 << 20

/** The recorded one: names are paths below `<store>/<tenant>`, the ETag is always the MD5 of what is read. */
const file: Backend = {
  hasher: hashWhole,
  notesEtags: false,
  requireStorable({ bucket, key, version }) {
    const segments = [bucket, ...key.split('/')]
    if (segments.some((segment) => segment === '.' || segment === '..'))
      throw errors.invalidKey(`stub/stub/${bucket}/${key}/${version} contains dot path segment`)
    if (segments.some((segment) => Buffer.byteLength(segment) > 255)) throw errors.internal()
  },
  bytesGone: errors.internal,
}

/** The hosted platform's, from the service's source: what arrives in parts keeps an ETag that is no MD5 of the bytes. */
const s3: Backend = {
  hasher(arrival) {
    if (arrival === 'whole') return hashWhole()
    return hashParts(arrival === 'resumable' ? 50 * mebibyte : 16 * mebibyte)
  },
  notesEtags: true,
  requireStorable({ bucket, key, version }) {
    if (Buffer.byteLength(`stub/${bucket}/${key}/${version}`) > 1024) throw errors.internal()
  },
  bytesGone: errors.bytesGone,
}

export const backends = { file, s3 }
export type BackendName = keyof typeof backends
