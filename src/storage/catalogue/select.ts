import { BackupError, ExitCode } from '../../common/errors.ts'
import { globToRegExp } from './patterns.ts'
import type { Scope } from './rows.ts'

export interface Selection {
  /** Whether any object of the bucket can be selected. */
  bucket(id: string): boolean
  object(bucket: string, key: string): boolean
  /** Nothing is left out: only then are buckets and objects that a backup does not know to be removed as a whole. */
  everything: boolean
}

/** Splits `bucket/key` at its first slash; bucket names have none. */
export function parseObjectName(text: string): { bucket: string; key: string } {
  const slash = text.indexOf('/')
  if (slash <= 0 || slash === text.length - 1)
    throw new BackupError({
      code: 'STORAGE_OBJECT_NAME',
      message: `"${text}" names no object.`,
      suggestion: 'Write BUCKET/KEY, e.g. avatars/users/1.png.',
      phase: 'storage/select',
      exitCode: ExitCode.usage,
    })
  return { bucket: text.slice(0, slash), key: text.slice(slash + 1) }
}

/** What a scope selects: the objects it names, and all that its buckets, prefixes and patterns agree on. */
export function createSelection(scope: Scope): Selection {
  const include = (scope.include ?? []).map(globToRegExp)
  const exclude = (scope.exclude ?? []).map(globToRegExp)
  const buckets = new Set(scope.buckets)
  const objects = new Set(scope.objects)
  const { prefixes } = scope
  const objectBuckets = new Set((scope.objects ?? []).map((name) => parseObjectName(name).bucket))
  const onlyObjects = objects.size > 0 && buckets.size === 0 && prefixes === undefined
  const everything =
    include.length + exclude.length + buckets.size + objects.size === 0 && prefixes === undefined
  return {
    everything,
    bucket: (id) => objectBuckets.has(id) || (!onlyObjects && (buckets.size === 0 || buckets.has(id))),
    object(id, key) {
      if (everything) return true
      const name = `${id}/${key}`
      if (objects.has(name)) return true
      if (onlyObjects || (buckets.size > 0 && !buckets.has(id))) return false
      if (prefixes && !prefixes.some((prefix) => key.startsWith(prefix))) return false
      if (include.length > 0 && !include.some((pattern) => pattern.test(name))) return false
      return !exclude.some((pattern) => pattern.test(name))
    },
  }
}

/** What both select: a command's wish within what a backup holds. */
export function intersect(a: Selection, b: Selection): Selection {
  return {
    everything: a.everything && b.everything,
    bucket: (id) => a.bucket(id) && b.bucket(id),
    object: (id, key) => a.object(id, key) && b.object(id, key),
  }
}
