import { type Manifest, readManifest } from '../common/manifest.ts'
import { type PartialBackup, typeOfPart } from '../common/partial.ts'
import { componentNames, components, findComponent } from '../components/list.ts'
import { heldComponents, readExtracted } from '../generation/held.ts'
import { madeBy, type Status } from '../report/status.ts'
import {
  type Archive,
  parseArchiveName,
  parsePredecessorName,
  pinnedNames,
  projectArchives,
} from '../retention/archives.ts'
import { inOrderOfRuns, isFromFuture } from '../retention/order.ts'

/** Something that can be restored. */
export interface Source {
  /** `partial`: a backup of a part of the database; `before-restore`: a target as it was before it was restored over. */
  kind: 'local' | 'extract' | 'archive' | 'partial' | 'before-restore' | 'predecessor'
  /** As `restore.sh --archive` takes it: `Local`, `Extract` or an archive's name. */
  name: string
  time: Date
  status: 'complete' | 'degraded' | 'unknown'
  /** Size of the generation where it is known. */
  bytes: number | null
  /** A drill or verified restore has proven it. */
  verified: boolean
  /** The components it holds; every one where neither a run on this machine nor its name tells. */
  components: readonly string[]
  /** Of a partial backup; what an archive's name does not tell is not known before it is extracted. */
  partial?: Pick<PartialBackup, 'type'> & Partial<PartialBackup>
  /** Retention leaves it alone, as somebody has pinned it; `reason` is what they said, empty where nothing. */
  pin?: { reason: string }
  /** Made by another project of the same name, as far as is known here. */
  foreign?: true
}

/**
 * Everything that can be restored: the Local and the Extract generation where they exist, then the project's archives,
 * those of targets before a restore, and those of this toolkit's predecessor, newest first.
 */
export async function listSources(options: {
  project: string
  /** Names of all archives in the repository. */
  archives: readonly string[]
  /** Those of them that another project of the same name has made. */
  foreign?: ReadonlySet<string> | undefined
  /** Why archives are pinned, by name, as far as it is known: that they are stands in `archives`. */
  pinReasons?: ReadonlyMap<string, string> | undefined
  local: string
  extract: string
  status: Status
  now: Date
}): Promise<Source[]> {
  const { project, status, now } = options
  const pinned = pinnedNames(options.archives)
  const generations = [
    await generationSource('local', 'Local', options.local),
    await generationSource('extract', 'Extract', options.extract),
  ].filter((source) => source !== undefined)
  const own = inOrderOfRuns(projectArchives(options.archives, project), madeBy(status), now)
  const others = options.archives
    .map((name) => otherSource(name, project, status))
    .filter((source) => source !== undefined)
  // A time that is yet to come makes no archive the newest.
  const rank = (source: Source) => (isFromFuture(source, now) ? 1 : 0)
  const archived = [
    ...own.map((archive) =>
      archiveSource(archive.part === undefined ? 'archive' : 'partial', archive, status),
    ),
    ...others,
  ]
    .map(
      (source): Source => ({
        ...source,
        ...(pinned.has(source.name) && { pin: { reason: options.pinReasons?.get(source.name) ?? '' } }),
        ...(options.foreign?.has(source.name) && { foreign: true }),
      }),
    )
    .sort((a, b) => rank(a) - rank(b) || b.time.getTime() - a.time.getTime())
  return [...generations, ...archived]
}

async function generationSource(
  kind: 'local' | 'extract',
  name: string,
  directory: string,
): Promise<Source | undefined> {
  const manifest = await readManifest(directory).catch(() => undefined)
  if (manifest === undefined || (await readExtracted(directory))?.chosen) return undefined
  return {
    kind,
    name,
    time: new Date(manifest.snapshotAt ?? manifest.startedAt),
    status: manifest.status,
    bytes: bytesOf(manifest),
    verified: false,
    components: await heldComponents(directory, manifest),
    ...(manifest.partial && { partial: manifest.partial }),
  }
}

function bytesOf({ files, components: results }: Manifest): number {
  const apart = results.map(
    ({ component, counts }) => findComponent(component)?.files.apart?.(counts).bytes ?? 0,
  )
  return [...apart, ...Object.values(files).map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0)
}

/** A target as it was before it was restored over, or an archive of this toolkit's predecessor. */
function otherSource(name: string, project: string, status: Status): Source | undefined {
  const saved = parseArchiveName(name, `${project}-before-restore`)
  if (saved !== undefined && saved.part === undefined) return archiveSource('before-restore', saved, status)
  const time = parsePredecessorName(name)
  return (
    time && {
      kind: 'predecessor',
      name,
      time,
      status: 'unknown',
      bytes: null,
      verified: false,
      components: componentNames,
    }
  )
}

function archiveSource(
  kind: 'archive' | 'partial' | 'before-restore',
  archive: Archive,
  status: Status,
): Source {
  const { name, time, part } = archive
  const known = [...status.sizes, ...status.partialSizes].find((size) => size.archive === name)
  return {
    ...{ kind, name, time, status: archive.status },
    ...(part !== undefined && { partial: { type: typeOfPart(part) } }),
    bytes: known?.originalBytes ?? null,
    verified: name in status.verified,
    components: componentsIn(part, known?.components),
  }
}

/**
 * What an archive holds, as far as the run that made it tells. The name of a partial backup of everything in its kind tells it
 * too: where other components were added, or some of it was chosen, it has digits that nobody can read.
 */
function componentsIn(part: string | undefined, recorded: readonly string[] | undefined): readonly string[] {
  const known = componentNames.filter((name) => recorded?.includes(name))
  if (known.length > 0) return known
  if (part === undefined || part.includes('-')) return componentNames
  return components.filter(({ takesParts }) => takesParts).map(({ name }) => name)
}
