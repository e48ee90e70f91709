import type { Manifest } from '../common/manifest.ts'
import type { ComponentDiff } from '../components/component.ts'
import { components } from '../components/list.ts'
import { componentsOf, unknownComponents } from '../generation/held.ts'

/** One of two backups that are compared. */
export interface DiffSide {
  /** Directory with its manifest and recorded facts, see `factPatterns`; neither rows nor bytes of objects are needed. */
  generation: string
  manifest: Manifest
  /** What it is called: an archive's name, `Local` or `Extract`. */
  source: string
}

/** What changed from one backup to another, by what they recorded. */
export interface BackupDiff {
  from: { source: string; snapshotAt: string | null }
  to: { source: string; snapshotAt: string | null }
  /** False where nothing of them could be compared. */
  equal: boolean
  /** By component; null where one of the two does not hold it. */
  components: Record<string, ComponentDiff | null>
  /** Components that only another version of the toolkit can compare. */
  unknown: string[]
}

/** Borg patterns of what has to be there of a backup: of one that is compared, or whose omissions or contents are listed. */
export function factPatterns(use: 'diff' | 'leftOut' | 'contents'): string[] {
  const files = components.flatMap((component) => component[use]?.files ?? [])
  return ['+ pf:manifest.json', ...files, '- sh:**']
}

/** Compares two backups of one project, or of two. */
export async function diffBackups(from: DiffSide, to: DiffSide): Promise<BackupDiff> {
  const held = [from, to].map(({ manifest }) => componentsOf(manifest))
  const compared: BackupDiff['components'] = {}
  for (const { name, diff, takesParts } of components) {
    if (diff === undefined) continue
    const bothHold = held.every((names) => names.includes(name)) && (!takesParts || areOfOnePart(from, to))
    compared[name] = bothHold ? await diff.compare(from.generation, to.generation) : null
  }
  const results = Object.values(compared).filter((result) => result !== null)
  return {
    from: sideOf(from),
    to: sideOf(to),
    equal: results.length > 0 && results.every(({ equal }) => equal),
    components: compared,
    unknown: [...new Set([from, to].flatMap(({ manifest }) => unknownComponents(manifest)))],
  }
}

/** Whether what is not in one of them is there to be missing: both are full backups, or partial ones of the same part with definitions. */
function areOfOnePart(...sides: readonly DiffSide[]): boolean {
  const parts = sides.map(({ manifest }) => manifest.partial)
  return new Set(parts.map((part) => JSON.stringify(part))).size === 1 && parts[0]?.type !== 'roles'
}

function sideOf({ source, manifest }: DiffSide): BackupDiff['from'] {
  return { source, snapshotAt: manifest.snapshotAt }
}
