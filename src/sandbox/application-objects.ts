import { createCipheriv, createHash } from 'node:crypto'

/** An object the application keeps, and how it was uploaded. */
export interface PlannedObject {
  bucket: string
  key: string
  bytes: number
  contentType: string
  /** Sent as the header; the service's own default is `no-cache`. */
  cacheControl?: string
  userMetadata?: Record<string, unknown>
  robots?: string
}

export interface PlannedBucket {
  id: string
  public: boolean
  file_size_limit: number | null
  allowed_mime_types: string[] | null
}

export const buckets: readonly PlannedBucket[] = [
  { id: 'avatars', public: true, file_size_limit: null, allowed_mime_types: ['image/*'] },
  { id: 'documents', public: false, file_size_limit: null, allowed_mime_types: null },
  {
    id: 'Exports & more',
    public: false,
    file_size_limit: 25_000_000,
    allowed_mime_types: ['text/csv', 'application/pdf', 'video/mp4'],
  },
]

/** Every kind of key the service accepts and a file system or a URL might not keep apart. */
const oddKeys = [
  ' leading and trailing space ',
  ' ',
  "a+b&c=d;e:f@g$h,i!j*k(l)'m.txt",
  'what?.txt',
  '.hidden',
  'folder/.meta.json',
  '/leading/slash',
  'trailing/slash/',
  'double//slash',
  '//',
  'Case.txt',
  'case.txt',
  'a',
  'a/b',
  'a/b/c',
  '__proto__',
  'CON',
  '...',
  '-rf',
  'ends with a dot.',
  `${'long'.repeat(63)}253`,
  `${'deep/'.repeat(60)}file`,
  'empty/.emptyFolderPlaceholder',
] as const

/** Sizes recur with the object's number: many small, some middling, few large. */
const sizes = [0, 1, 17, 300, 1_000, 2_500, 4_096, 9_000, 15_000, 800, 120, 33_000] as const

/** The objects of an application with `count` of them and one large one. Always the same for the same arguments. */
export function planObjects(count: number, largest: number): PlannedObject[] {
  const odd = oddKeys.map((key, index): PlannedObject => {
    const bytes = key.endsWith('.emptyFolderPlaceholder') ? 0 : 10 * index
    return { bucket: 'documents', key, bytes, contentType: 'text/plain; charset=utf-8', ...trimmings(index) }
  })
  const large: PlannedObject = {
    bucket: 'Exports & more',
    key: 'films/launch day.mp4',
    bytes: largest,
    contentType: 'video/mp4',
    cacheControl: 'max-age=31536000, immutable',
  }
  const ordinary = Array.from({ length: Math.max(0, count - odd.length - 1) }, (_, index) =>
    ordinaryObject(index),
  )
  return [...odd, large, ...ordinary]
}

function ordinaryObject(index: number): PlannedObject {
  const bytes = (sizes[index % sizes.length] ?? 0) + (index % 90 === 89 ? 400_000 : 0)
  const extras = trimmings(index)
  if (index % 3 === 0)
    return { bucket: 'avatars', key: `user_${index}/avatar.png`, bytes, contentType: 'image/png', ...extras }
  if (index % 3 === 1)
    return {
      bucket: 'Exports & more',
      key: `2026/${index % 12}/list ${index}.csv`,
      bytes,
      contentType: 'text/csv',
      ...extras,
    }
  return {
    bucket: 'documents',
    key: `task-${index % 40}/scan-${index}.pdf`,
    bytes,
    contentType: 'application/pdf',
    ...extras,
  }
}

/** Cache-control, user metadata and robots tags in every shape the service stores. */
function trimmings(index: number): Pick<PlannedObject, 'cacheControl' | 'userMetadata' | 'robots'> {
  switch (index % 8) {
    case 1:
      return { cacheControl: 'max-age=3600' }
    case 2:
      return {
        cacheControl: 'private, no-store',
        userMetadata: { author: 'Þórður', pages: index, draft: false, of: null },
      }
    case 3:
      return {
        userMetadata: { nested: { list: [1, 'two', { three: 3.5 }] }, emoji: '🛟', 'key with "quotes"': '' },
      }
    case 5:
      return { robots: 'noindex, nofollow' }
    case 6:
      return index % 16 === 6 ? { userMetadata: { note: 'long '.repeat(1_500) } } : {}
    default:
      return {}
  }
}

/**
 * An object's bytes: incompressible, and always the same for the same key and edition.
 * @param edition changes the bytes, not the length.
 */
export function contentOf(object: PlannedObject, edition = 1): Buffer {
  const key = createHash('md5').update(`${object.bucket}\n${object.key}\n${edition}`).digest()
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(object.bytes))
}
