import type { PartialBackup } from '../common/partial.ts'
import { describePartial } from '../common/partial-words.ts'
import type { ComponentContents } from '../components/component.ts'
import { components } from '../components/list.ts'
import type { DiffSide } from '../diff/diff.ts'
import { componentsOf } from '../generation/held.ts'

/** What is in a backup, by what it recorded. */
export interface BackupContents {
  partial: PartialBackup | null
  /** What --json prints: what the manifest says, and under each component's name what it holds; null where it holds none. */
  document: Record<string, unknown>
  found: { name: string; contents: ComponentContents }[]
}

/** Lists what a backup holds. @param side needs only the files of `factPatterns('contents')` */
export async function describeContents({ generation, source, manifest }: DiffSide): Promise<BackupContents> {
  const held = componentsOf(manifest)
  const found: BackupContents['found'] = []
  for (const { name, contents } of components)
    if (contents !== undefined && held.includes(name))
      found.push({ name, contents: await contents.describe(generation, manifest.partial) })
  const { runId, status, startedAt, snapshotAt, project, tool, versions, partial = null } = manifest
  const byName = new Map(found.map(({ name, contents }) => [name, contents.document]))
  return {
    document: {
      ...{ source, runId, status, startedAt, snapshotAt, project, tool, versions, partial },
      components: manifest.components,
      ...Object.fromEntries(components.map(({ name }) => [name, byName.get(name) ?? null])),
    },
    partial,
    found,
  }
}

/** The same in lines for people. */
export function contentsLines({ partial, found }: BackupContents): string[] {
  const part = partial === null ? [] : [`A PARTIAL backup: ${describePartial(partial)}`]
  return [...part, ...found.flatMap(({ contents }) => contents.lines)]
}
