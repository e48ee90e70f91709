import { errors } from './errors.ts'

// The characters both kinds of name may have; only a key may have slashes.
const keyPattern = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/
const bucketPattern = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,100}$/

/** Throws unless objects may be stored under the key. */
export function requireValidKey(key: string): void {
  if (!keyPattern.test(key)) throw errors.invalidKey(key)
}

/** Throws unless a bucket may have the name; the suffix is reserved for tables. */
export function requireValidBucketName(name: string): void {
  if (!bucketPattern.test(name) || name !== name.trim() || name.endsWith('--table-s3'))
    throw errors.invalidBucketName()
}

const token = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
const contentTypePattern = new RegExp(`^${token}/${token}\\s*(?:;|$)`)
const allowedTypePattern = new RegExp(`^${token}/${token}(?:;\\s*charset=${token})?$`)

/** Throws unless the `Content-Type` header of a request has the form type/subtype. */
export function requireContentType(header: string | undefined): void {
  if (header !== undefined && !contentTypePattern.test(header)) throw errors.invalidContentType()
}

/** Throws unless every entry may stand in a bucket's list of allowed types. */
export function requireAllowedTypes(list: readonly string[] | null | undefined): void {
  for (const entry of list ?? []) if (!allowedTypePattern.test(entry)) throw errors.invalidMimeType(entry)
}

/** Throws unless the list has the type itself or `<type>/*`: as text, so case and parameters count. */
export function requireListedType(contentType: string, list: readonly string[]): void {
  const [type, subtype] = contentType.split('/')
  const listed = list.some((entry) => entry === `${type}/${subtype}` || entry === `${type}/*`)
  if (subtype === undefined || !listed) throw errors.invalidMimeType(contentType)
}

const units: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9 }

/** Bytes of a size such as `5MB` (decimal units), or undefined when it is not one. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmg]?b)$/i.exec(text)
  const unit = units[match?.[2]?.toLowerCase() ?? '']
  return unit === undefined ? undefined : Math.floor(Number(match?.[1]) * unit)
}
