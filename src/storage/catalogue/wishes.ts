import { BackupError, ExitCode } from '../../common/errors.ts'
import { type Catalogue, readCatalogueRows } from './catalogue.ts'
import { readBucketsFile, readManifestRows } from './manifests.ts'
import type { Scope } from './rows.ts'
import { parseObjectName } from './select.ts'

/**
 * Refuses buckets, prefixes and objects that a command names and a generation does not have: a name mistyped would
 * else be a restore or a drill of nothing, and found equal.
 * @throws BackupError NOTHING_SELECTED, STORAGE_NOT_IN_GENERATION
 */
export async function refuseUnmetInBackup(generation: string, scope: Scope): Promise<void> {
  if (!wishes(scope)) return
  const { buckets } = await readBucketsFile(generation)
  await refuseUnmet(scope, {
    place: 'backup',
    buckets: buckets.map(({ id }) => id),
    rows: (bucket) => readManifestRows(generation, bucket),
  })
}

/** The same of what a backup is to fetch from the project. @throws BackupError NOTHING_SELECTED */
export async function refuseUnmetInProject(
  directory: string,
  catalogue: Catalogue,
  scope: Scope,
): Promise<void> {
  if (!wishes(scope)) return
  await refuseUnmet(scope, {
    place: 'project',
    buckets: catalogue.buckets.map(({ row }) => row.id),
    rows: (bucket) => readCatalogueRows(directory, bucket),
  })
}

function wishes({ buckets = [], prefixes = [], objects = [] }: Scope): boolean {
  return buckets.length + prefixes.length + objects.length > 0
}

interface Present {
  place: 'backup' | 'project'
  buckets: readonly string[]
  /** The objects of one of them. */
  rows(bucket: string): AsyncIterable<{ name: string }>
}

async function refuseUnmet(scope: Scope, present: Present): Promise<void> {
  const buckets = new Set(scope.buckets)
  const prefixes = new Set(scope.prefixes)
  const objects = new Set(scope.objects)
  const holding = new Set([...objects].map((name) => parseObjectName(name).bucket))
  for (const bucket of present.buckets) {
    const isChosen = buckets.delete(bucket) || (scope.buckets ?? []).length === 0
    if (!(isChosen && prefixes.size > 0) && !holding.has(bucket)) continue
    for await (const { name } of present.rows(bucket)) {
      objects.delete(`${bucket}/${name}`)
      if (isChosen) for (const prefix of prefixes) if (name.startsWith(prefix)) prefixes.delete(prefix)
      if (objects.size + prefixes.size === 0) break
    }
  }
  const unmet = [
    ...[...buckets].map((id) => `bucket ${shown(id)}`),
    ...[...prefixes].map((prefix) => `object whose name begins with ${shown(prefix)}`),
    ...[...objects].map((name) => `object ${shown(name)}`),
  ]
  if (unmet.length > 0) throw nothingSelected(present, unmet, prefixes.size > 0 ? scope.buckets : undefined)
}

function shown(name: string): string {
  return JSON.stringify(name)
}

function nothingSelected({ place, buckets }: Present, unmet: readonly string[], within?: readonly string[]) {
  const where = within === undefined ? '' : ` in ${within.map(shown).join(', ')}`
  return new BackupError({
    code: 'NOTHING_SELECTED',
    message: `The ${place} has no ${unmet.join(', and no ')}${where}.`,
    detail: `its buckets: ${buckets.map(shown).join(', ')}`,
    suggestion:
      'Correct --bucket, --prefix or --object. Mind capitals and slashes; a prefix begins behind the bucket.',
    phase: 'storage/select',
    exitCode: ExitCode.usage,
  })
}
