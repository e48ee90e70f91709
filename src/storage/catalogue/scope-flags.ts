import { z } from 'zod'
import type { ComponentFlags } from '../../components/component.ts'
import type { Config } from '../../config/config.ts'
import type { Scope } from './rows.ts'
import { parseObjectName } from './select.ts'

/** The flags that choose objects, for `parseArgs`. */
export const scopeFlags = {
  bucket: { type: 'string', multiple: true },
  prefix: { type: 'string', multiple: true },
  object: { type: 'string', multiple: true },
} as const

/** What they choose; everything without any. @throws BackupError STORAGE_OBJECT_NAME */
function scopeOf(flags: {
  bucket?: string[] | undefined
  prefix?: string[] | undefined
  object?: string[] | undefined
}): Scope {
  for (const name of flags.object ?? []) parseObjectName(name)
  return { buckets: flags.bucket, prefixes: flags.prefix, objects: flags.object }
}

const flagsSchema = z.object({
  bucket: z.array(z.string()).optional(),
  /** One, where a restore was begun when only one could be given. */
  prefix: z.union([z.array(z.string()), z.string().transform((prefix) => [prefix])]).optional(),
  object: z.array(z.string()).optional(),
})

/** What they choose among the flags of all components. @throws BackupError STORAGE_OBJECT_NAME */
export function scopeIn(flags: ComponentFlags): Scope {
  return scopeOf(flagsSchema.parse(flags))
}

/** The part of Storage that is backed up. */
export function configuredScope({
  STORAGE_INCLUDE,
  STORAGE_EXCLUDE,
}: Pick<Config, 'STORAGE_INCLUDE' | 'STORAGE_EXCLUDE'>): Scope {
  return { include: words(STORAGE_INCLUDE), exclude: words(STORAGE_EXCLUDE) }
}

/** Words separated by white space; undefined for none. */
function words(text: string | undefined): string[] | undefined {
  return text?.split(/\s+/).filter((word) => word !== '')
}
