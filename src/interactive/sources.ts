import { type Component, components } from '../common/findings.ts'
import { type Manifest, readManifest } from '../common/manifest.ts'
import { heldComponents, readExtracted } from '../generation/held.ts'
import type { Status } from '../report/status.ts'
import { parseArchiveName, parsePredecessorName } from '../retention/archives.ts'

/** Something that can be restored. */
export interface Source {
  /** `before-restore`: a target as it was before it was restored over. */
  kind: 'local' | 'extract' | 'archive' | 'before-restore' | 'predecessor'
  /** As `restore.sh --archive` takes it: `Local`, `Extract` or an archive's name. */
  name: string
  time: Date
  status: 'complete' | 'degraded' | 'unknown'
  /** Size of the generation where it is known. */
  bytes: number | null
  /** A drill or verified restore has proven it. */
  verified: boolean
  /** The components it holds; every one where that is not known before it is extracted. */
  components: readonly Component[]
}

/**
 * Everything that can be restored: the Local and the Extract generation where they exist, then the project's archives,
 * those of targets before a restore, and those of this toolkit's predecessor, newest first.
 */
export async function listSources(options: {
  project: string
  /** Names of all archives in the repository. */
  archives: readonly string[]
  local: string
  extract: string
  status: Status
}): Promise<Source[]> {
  const generations = [
    await generationSource('local', 'Local', options.local),
    await generationSource('extract', 'Extract', options.extract),
  ].filter((source) => source !== undefined)
  const archived = options.archives
    .map((name) => archiveSource(name, options.project, options.status))
    .filter((source) => source !== undefined)
    .sort((a, b) => b.time.getTime() - a.time.getTime())
  return [...generations, ...archived]
}

async function generationSource(
  kind: 'local' | 'extract',
  name: string,
  directory: string,
): Promise<Source | undefined> {
  const manifest = await readManifest(directory).catch(() => undefined)
  if (manifest === undefined || (await readExtracted(directory))?.chosenObjects) return undefined
  return {
    kind,
    name,
    time: new Date(manifest.snapshotAt ?? manifest.startedAt),
    status: manifest.status,
    bytes: bytesOf(manifest),
    verified: false,
    components: await heldComponents(directory, manifest),
  }
}

function bytesOf({ files, components: results }: Manifest): number {
  const objects = results.find(({ component }) => component === 'storage')?.counts['bytes'] ?? 0
  return Object.values(files).reduce((sum, file) => sum + file.bytes, objects)
}

function archiveSource(name: string, project: string, status: Status): Source | undefined {
  const own = parseArchiveName(name, project)
  const archive = own ?? parseArchiveName(name, `${project}-before-restore`)
  if (archive === undefined) {
    const time = parsePredecessorName(name)
    return (
      time && { kind: 'predecessor', name, time, status: 'unknown', bytes: null, verified: false, components }
    )
  }
  return {
    kind: own ? 'archive' : 'before-restore',
    name,
    time: archive.time,
    status: archive.status,
    bytes: status.sizes.find((size) => size.archive === name)?.originalBytes ?? null,
    verified: name in status.verified,
    components,
  }
}
