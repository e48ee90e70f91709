import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { BackupError } from '../../common/errors.ts'
import type { HttpClient } from '../../http/client.ts'
import { encodeKey } from '../api/client.ts'
import { rewriteMetadata } from '../api/metadata.ts'
import { formBody } from '../api/multipart.ts'
import { tusCacheControl, uploadResumable } from '../api/tus.ts'
import type { ArchivedRow } from '../catalogue/rows.ts'
import {
  type Attributes,
  exceedsHeader,
  isSendableHeader,
  isSendableType,
  isTooDeep,
  userMetadataHeader,
  wantedAttributes,
} from './attributes.ts'

/** Up to this size a body is read whole, hashed and sent; above, it is streamed. */
const wholeUpTo = 1 << 20
/** The hosted platform's limit for a single request; above it, only a resumable upload is taken. */
const singleRequestLimit = 50_000_000

const replySchema = z.looseObject({ Key: z.string() })

export interface Upload {
  bucket: string
  row: ArchivedRow
  /** The archived bytes. */
  path: string
  /** From this size on, the upload is a resumable one. */
  tusThreshold: number
}

/** What an upload could not set, for SQL or the report. */
export type Unset = 'user-metadata' | 'robots'

/**
 * Sends one object with all its attributes, replacing what is there.
 *
 * @returns the attributes that no request could carry.
 * @throws HttpError; BackupError when the archived bytes are not those of the manifest.
 */
export async function uploadObject(client: HttpClient, upload: Upload): Promise<Unset[]> {
  const { bucket, row, path } = upload
  const size = row.bytes
  const wanted = wantedAttributes(row)
  const tooLarge = exceedsHeader(wanted)
  const inOneRequest =
    size < upload.tusThreshold || (wanted.robots !== undefined && size <= singleRequestLimit)
  const typeFits = isSendableType(wanted.mimetype)
  const sent: Attributes = typeFits ? wanted : { ...wanted, mimetype: undefined }
  if (!inOneRequest) {
    if ((await stat(path)).size !== size) throw damaged(upload)
    const userMetadata = tooLarge ? '{}' : wanted.userMetadataText
    await uploadResumable(client, { bucket, key: row.name, path, bytes: size, wanted: sent, userMetadata })
    if (!typeFits || !tusCacheControl(wanted.cacheControl).exact)
      await rewriteMetadata(client, bucket, row.name, wanted)
    return [...(tooLarge ? ['user-metadata' as const] : []), ...(wanted.robots ? ['robots' as const] : [])]
  }
  if (
    tooLarge &&
    !isTooDeep(wanted.userMetadataText) &&
    typeFits &&
    wanted.cacheControl?.startsWith('max-age=') &&
    isPlainObject(wanted.userMetadata)
  ) {
    await uploadForm(client, upload, wanted)
    return []
  }
  const headersFit = typeFits && isSendableHeader(wanted.cacheControl)
  await uploadRaw(client, upload, headersFit ? wanted : { ...sent, cacheControl: undefined })
  if (!headersFit) await rewriteMetadata(client, bucket, row.name, wanted)
  return tooLarge ? ['user-metadata'] : []
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function damaged({ bucket, row }: Upload): BackupError {
  return new BackupError({
    code: 'STORAGE_ARCHIVE_DAMAGED',
    message: `The archived bytes of ${bucket}/${row.name} are not those of the manifest.`,
    suggestion: 'Choose another archive; restore.sh --verify tells which are whole.',
    phase: 'storage/upload',
  })
}

function objectPath({ bucket, row }: Upload): string {
  return `/object/${encodeURIComponent(bucket)}/${encodeKey(row.name)}`
}

async function uploadRaw(client: HttpClient, upload: Upload, wanted: Attributes): Promise<void> {
  const { row } = upload
  const userMetadata = userMetadataHeader(wanted)
  const headers = {
    'content-type': wanted.mimetype ?? 'application/octet-stream',
    // Always said: without it the service would take any size, whatever its limits, and never know that bytes are missing.
    'content-length': String(row.bytes),
    'x-upsert': 'true',
    ...(wanted.cacheControl !== undefined && { 'cache-control': wanted.cacheControl }),
    ...(wanted.robots !== undefined && { 'x-robots-tag': wanted.robots }),
    ...(userMetadata !== undefined && { 'x-metadata': userMetadata }),
  }
  const whole = row.bytes <= wholeUpTo ? await readChecked(upload) : undefined
  await client.retrying(() =>
    client.once(
      {
        method: 'POST',
        path: objectPath(upload),
        headers,
        body: whole ?? checkedStream(upload),
        expectedBytes: row.bytes,
      },
      replySchema,
    ),
  )
}

async function readChecked(upload: Upload): Promise<Buffer> {
  const bytes = await readFile(upload.path)
  if (createHash('sha256').update(bytes).digest('hex') !== upload.row.sha256) throw damaged(upload)
  return bytes
}

/** The archived bytes, which break off before their end when they are not those of the manifest. */
function checkedStream(upload: Upload): Readable {
  async function* chunks() {
    const hash = createHash('sha256')
    let held: Buffer | undefined
    for await (const chunk of createReadStream(upload.path, { highWaterMark: 1 << 18 })) {
      if (held) yield held
      hash.update(chunk)
      held = chunk
    }
    if (hash.digest('hex') !== upload.row.sha256) throw damaged(upload)
    if (held) yield held
  }
  return Readable.from(chunks(), { objectMode: false })
}

/** As a form, whose fields carry up to 1 MiB of user metadata, but only cache controls of the form `max-age=…`. */
async function uploadForm(client: HttpClient, upload: Upload, wanted: Attributes): Promise<void> {
  await client.retrying(() => {
    const form = formBody({
      fields: {
        cacheControl: wanted.cacheControl?.slice('max-age='.length) ?? '',
        metadata: wanted.userMetadataText,
        contentType: wanted.mimetype ?? 'application/octet-stream',
      },
      path: upload.path,
      bytes: upload.row.bytes,
    })
    return client.once(
      {
        method: 'POST',
        path: objectPath(upload),
        headers: {
          'x-upsert': 'true',
          'content-type': form.contentType,
          'content-length': String(form.length),
          ...(wanted.robots !== undefined && { 'x-robots-tag': wanted.robots }),
        },
        body: form.body,
        expectedBytes: form.length,
      },
      replySchema,
    )
  })
}
