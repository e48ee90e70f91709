import type { Manifest } from '../common/manifest.ts'
import { componentNames } from '../components/list.ts'
import { bucketFileName } from '../storage/api/keys.ts'
import { readBucketsFile, readManifestRows } from '../storage/catalogue/manifests.ts'
import { isArchived, type Scope } from '../storage/catalogue/rows.ts'
import { createSelection } from '../storage/catalogue/select.ts'
import { componentsOf } from './held.ts'
import { identityFile } from './verify.ts'

/** What a command needs of an archive. */
export interface Extraction {
  /** Lines of a file for Borg's `--patterns-from`; none where everything is needed. */
  patterns: string[]
  /** The room it takes on disk. */
  bytes: number
  /** Whether that is the whole archive, whole components of it, or of Storage only chosen objects. */
  part: 'all' | 'components' | 'objects'
  /** The components that the archive holds. */
  held: string[]
}

/** A file takes up whole blocks. */
const blockBytes = 4096

function roomOf(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes
}

/**
 * Says which files of an archive a command needs: those of its components and, where objects are chosen, of Storage only
 * those beside the manifests. What the archive does not hold is no error here.
 *
 * @param options.generation - the folder into which manifest.json, and for chosen objects the manifests of Storage, were
 *   extracted already.
 * @param options.components - undefined: all that the archive holds.
 */
export async function planExtraction(options: {
  generation: string
  manifest: Manifest
  components: readonly string[] | undefined
  scope: Scope
}): Promise<Extraction> {
  const { generation, manifest } = options
  const wanted = componentNames.filter((component) => options.components?.includes(component) ?? true)
  const held = componentsOf(manifest)
  const selection = createSelection(options.scope)
  const storage = manifest.components.find(({ component }) => component === 'storage')
  const chosen = !selection.everything && wanted.includes('storage') && held.includes('storage')
  const files = Object.entries(manifest.files).filter(([path]) => isNeeded(path, wanted))
  let bytes = files.reduce((sum, [, file]) => sum + roomOf(file.bytes), 0)
  if (chosen) {
    const objects = await chosenObjects(generation, options.scope)
    const folders = wanted.filter((component) => component !== 'storage')
    const patterns = [...topFiles(manifest), ...folders.map(folder), exactly('storage/buckets.json')]
    patterns.push('+ pp:storage/manifest', ...objects.map(({ path }) => exactly(path)), '- re:.')
    bytes += objects.reduce((sum, object) => sum + roomOf(object.bytes), 0)
    return { patterns, bytes, part: 'objects', held }
  }
  if (wanted.includes('storage'))
    bytes += (storage?.counts['bytes'] ?? 0) + ((storage?.counts['objects'] ?? 0) * blockBytes) / 2
  if (wanted.length === componentNames.length) return { patterns: [], bytes, part: 'all', held }
  const patterns = [...topFiles(manifest), ...wanted.map(folder), '- re:.']
  return { patterns, bytes, part: 'components', held }
}

function isNeeded(path: string, wanted: readonly string[]): boolean {
  const owner = componentNames.find((component) => path.startsWith(`${component}/`))
  return owner === undefined || wanted.includes(owner)
}

/** What belongs to no component, and what tells whose backup it is. */
function topFiles(manifest: Manifest): string[] {
  const names = Object.keys(manifest.files).filter((path) => !path.includes('/'))
  return ['manifest.json', ...names, identityFile].map(exactly)
}

function folder(component: string): string {
  return `+ pp:${component}`
}

/** Borg trims the lines of the file, so a name that ends in white space has to be written otherwise. */
function exactly(path: string): string {
  if (path.trim() === path) return `+ pf:${path}`
  return `+ re:^${path.replace(/[^A-Za-z0-9_/]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)}$`
}

async function chosenObjects(generation: string, scope: Scope): Promise<{ path: string; bytes: number }[]> {
  const selection = createSelection(scope)
  const found: { path: string; bytes: number }[] = []
  for (const { id } of (await readBucketsFile(generation)).buckets) {
    if (!selection.bucket(id)) continue
    for await (const row of readManifestRows(generation, id))
      if (isArchived(row) && selection.object(id, row.name))
        found.push({ path: `storage/objects/${bucketFileName(id)}/${row.file}`, bytes: row.bytes })
  }
  return found
}
