import type { Scope } from './rows.ts'
import { parseObjectName } from './select.ts'

/** The flags that choose objects, for `parseArgs`. */
export const scopeFlags = {
  bucket: { type: 'string', multiple: true },
  prefix: { type: 'string' },
  object: { type: 'string', multiple: true },
} as const

/** What they choose; everything without any. @throws BackupError STORAGE_OBJECT_NAME */
export function scopeOf(flags: {
  bucket?: string[] | undefined
  prefix?: string | undefined
  object?: string[] | undefined
}): Scope {
  for (const name of flags.object ?? []) parseObjectName(name)
  return { buckets: flags.bucket, prefix: flags.prefix, objects: flags.object }
}
