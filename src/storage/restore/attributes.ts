import { isDeepStrictEqual } from 'node:util'
import { isNestedDeeper, sameValue } from '../../common/json-text.ts'
import {
  attributesOf,
  extraMetadata,
  type ManifestRow,
  type ObjectRow,
  userMetadataOf,
  userMetadataText,
} from '../catalogue/rows.ts'

/** All headers of a request together may have 16 KiB; the rest is left to the others. */
const metadataHeaderBytes = 12 * 1024
const visibleAscii = /^[\x20-\x7e]+$/

/** What an object is to have at the target besides its bytes. */
export interface Attributes {
  /** Undefined where the backup does not know: the service's default then. */
  mimetype: string | undefined
  cacheControl: string | undefined
  robots: string | undefined
  userMetadata: unknown
  /** The same as JSON text, numbers to their last digit. */
  userMetadataText: string
}

export function wantedAttributes(row: ManifestRow): Attributes {
  const { mimetype, cacheControl, xRobotsTag } = attributesOf(row)
  return {
    mimetype: mimetype ?? row.served?.mimetype,
    // The service stores an empty one as `no-cache`.
    cacheControl: (cacheControl ?? row.served?.cacheControl) || undefined,
    robots: xRobotsTag,
    userMetadata: userMetadataOf(row),
    userMetadataText: userMetadataText(row),
  }
}

/** Content type and cache control: what the service keeps both in its row and with the bytes. */
export function sameHeaders(row: ManifestRow, target: ObjectRow): boolean {
  const wanted = wantedAttributes(row)
  const has = attributesOf(target)
  return (
    (wanted.mimetype === undefined || wanted.mimetype === has.mimetype) &&
    (wanted.cacheControl === undefined || wanted.cacheControl === has.cacheControl)
  )
}

export function sameRobots(row: ManifestRow, target: ObjectRow): boolean {
  return (attributesOf(row).xRobotsTag ?? 'none') === (attributesOf(target).xRobotsTag ?? 'none')
}

/** What SQL put into `metadata` beside what the service writes there. */
export function sameExtraMetadata(row: ManifestRow, target: ObjectRow): boolean {
  return isDeepStrictEqual(extraMetadata(row), extraMetadata(target))
}

/**
 * Null and `{}` say the same here; only SQL can tell them apart. The service's API rounds numbers, SQL does not: they are
 * compared to their last digit where both sides come from SQL.
 */
export function sameUserMetadata(row: ManifestRow, target: ObjectRow): boolean {
  if (row.user_metadata_text !== undefined && target.user_metadata_text !== undefined)
    return row.user_metadata_text === target.user_metadata_text
  return sameValue(userMetadataOf(row), userMetadataOf(target))
}

/** Whether a content type can be sent as the header of a raw upload: others the service refuses or reads as a form. */
export function isSendableType(mimetype: string | undefined): boolean {
  return (
    mimetype === undefined ||
    (visibleAscii.test(mimetype) &&
      /^[^\s/;]+\/[^\s/;]+/.test(mimetype) &&
      !mimetype.startsWith('multipart/form-data'))
  )
}

export function isSendableHeader(value: string | undefined): boolean {
  return value === undefined || (visibleAscii.test(value) && value.trim() === value)
}

/** Levels of nesting that a request may carry: far fewer than the thousands at which the service, a program of JavaScript, fails. */
const metadataLevels = 500

/** Whether no request can carry user metadata, so that only SQL sets them. */
export function isTooDeep(userMetadataText: string): boolean {
  return isNestedDeeper(userMetadataText, metadataLevels)
}

/** The `x-metadata` header; undefined where there is none to send or it cannot be sent this way. */
export function userMetadataHeader({
  userMetadata,
  userMetadataText: text,
}: Pick<Attributes, 'userMetadata' | 'userMetadataText'>): string | undefined {
  if (typeof userMetadata !== 'object' || userMetadata === null || Array.isArray(userMetadata))
    return undefined
  if (Object.keys(userMetadata).length === 0 || isTooDeep(text)) return undefined
  const header = Buffer.from(text).toString('base64')
  return header.length <= metadataHeaderBytes ? header : undefined
}

/** Whether there is user metadata that no header can carry. */
export function exceedsHeader(wanted: Pick<Attributes, 'userMetadata' | 'userMetadataText'>): boolean {
  return !isDeepStrictEqual(wanted.userMetadata, {}) && userMetadataHeader(wanted) === undefined
}
