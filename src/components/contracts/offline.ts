import type { Manifest } from '../../common/manifest.ts'
import type { PartialBackup } from '../../common/partial.ts'
import type { Config } from '../../config/config.ts'
import type { ExportFormat } from '../../export/formats.ts'
import type { OfflineContext } from './context.ts'

export interface ExportContext extends OfflineContext {
  config: Config
  manifest: Manifest
  /** The dated folder under its unfinished name. */
  directory: string
  formats: readonly ExportFormat[]
}

export interface ComponentExport {
  /** Stands under the component's name in metadata.json. */
  metadata: unknown
  /** Joins those of the others in what --json prints. */
  document: Record<string, unknown>
  lines: string[]
  status: 'complete' | 'degraded'
}

/** A thing of a backup that a restore does not bring back. */
export interface Omission {
  /** As `--leave-out` and messages spell it. */
  name: string
  /** The rule that says so; null where the backup itself is without it. */
  rule: string | null
  reason: string
}

export interface ComponentOmissions {
  /** Borg patterns of the recorded facts that tell it. */
  files: readonly string[]
  /** In the order of the backup; @param generation has those files */
  list(generation: string): Promise<Omission[]>
}

export interface ComponentDiffer {
  /** Borg patterns of the recorded facts that are compared. */
  files: readonly string[]
  compare(before: string, after: string): Promise<ComponentDiff>
  /** What is said where one of the two does not have it. */
  absent: string
}

export interface ComponentDiff {
  /** Stands under the component's name in what --json prints. */
  document: Record<string, unknown>
  equal: boolean
  /** For people, with a heading and an empty line at the end: see `section`. */
  lines: string[]
}

export interface ComponentLister {
  /** Borg patterns of the recorded facts that are read. */
  files: readonly string[]
  /** @param partial of a partial backup, which part it is of */
  describe(generation: string, partial: PartialBackup | undefined): Promise<ComponentContents>
}

export interface ComponentContents {
  /** Stands under the component's name in what --json prints. */
  document: Record<string, unknown>
  lines: string[]
}

export interface RecoveryContext {
  generation: string
  /** Of a partial backup, which part it is of. */
  partial?: PartialBackup | undefined
  versions: Readonly<Record<string, string>>
}

export interface RecoveryPart {
  /**
   * Markdown with `{{value}}` and, for what depends on whether the backup holds a component, `{{#component}}…{{/component}}` or
   * `{{^component}}…{{/component}}`. Stands below a heading of the second level, which the page makes of the component's title.
   */
  text: string
  /** What the text's `{{value}}`s stand for; what comes out of the backup belongs here, as it is not looked at again. */
  values?: Record<string, string>
  /** The programs that its commands need besides Borg and the base system, each as the page names it. */
  programs?: string[]
  /** What has to be done by hand besides, a sentence each. */
  manual?: string[]
}
