import { createHash } from 'node:crypto'

/** What the platform accepts in a key, without the slash; everything else is escaped as `%XX` per UTF-8 byte. */
const plainSegment = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,240}$/
const plainByte = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]$/

/** File systems allow 255 bytes a name; a directory's mark and `.jsonl` still have to fit. */
const pieceBytes = 240
/**
 * Borg walks a tree by recursion, and gives up a whole archive below some 970 levels; `find`, `rm` and file systems are not
 * fond of depth either.
 */
const levels = 100
/** Linux allows paths of 4,095 bytes; the rest is left to the generation's own path. */
const pathBytes = 3_000

/** Ends a piece of a segment that was too long for one name: the rest is a level deeper. */
const continued = '%+'
/** Ends the name of a directory beside which an object of the same name is kept. */
const besideObject = '%'
const emptySegment = '%_'

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte)
  return plainByte.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

/**
 * One segment of a key as one or more file names, of which all but the last are directories. `%` is in no plain key and
 * always escaped, so the marks made of it cannot be mistaken for content.
 */
function escapeSegment(segment: string): string[] {
  if (segment === '') return [emptySegment]
  if (segment === '.') return ['%2E']
  if (segment === '..') return ['%2E%2E']
  if (plainSegment.test(segment)) return [segment]
  const pieces: string[] = []
  let piece = ''
  for (const byte of Buffer.from(segment, 'utf8')) {
    const unit = escapeByte(byte)
    if (piece.length + unit.length > pieceBytes) {
      pieces.push(piece + continued)
      piece = ''
    }
    piece += unit
  }
  if (piece === '.' || piece === '..') piece = piece.replaceAll('.', '%2E')
  return [...pieces, piece]
}

/** A bucket's id as one file name: ids are single segments, but rows made by SQL may hold anything. */
export function bucketFileName(bucket: string): string {
  const pieces = escapeSegment(bucket)
  return pieces.length === 1 ? pieces.join('') : `%long-${sha256(bucket)}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/**
 * Gives every key of one bucket, asked in byte order, a relative file path of its own: the key itself wherever it is
 * plain. Names that no file can have (empty segments, dots, long ones, other characters) are escaped; a directory is
 * marked with `%` where an object has its very name (`a` beside `a/b`), which byte order reveals, because every key
 * below `a/` comes while `a` is still a prefix of all that follow.
 */
export function createFileNamer(): (key: string) => string {
  let prefixes: string[] = []
  return (key) => {
    prefixes = prefixes.filter((prefix) => key.startsWith(prefix))
    const marked = new Set(
      prefixes.filter((prefix) => key[prefix.length] === '/').map((prefix) => prefix.split('/').length - 1),
    )
    prefixes.push(key)
    const path = key
      .split('/')
      .flatMap((segment, depth) => {
        const names = escapeSegment(segment)
        return marked.has(depth) ? [...names.slice(0, -1), `${names.at(-1)}${besideObject}`] : names
      })
      .join('/')
    const fits = path.length <= pathBytes && path.split('/').length <= levels
    return fits ? path : `%long-${sha256(key)}`
  }
}

/**
 * Whether a path read from a manifest is one this module could have made, so that a manifest made by somebody else
 * cannot lead a reader out of the generation.
 */
export function isSafeFilePath(path: string): boolean {
  return path
    .split('/')
    .every((name) => name !== '' && name !== '.' && name !== '..' && /^[\x20-\x7e]+$/.test(name))
}
