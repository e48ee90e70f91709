import type { ParseArgsConfig } from 'node:util'
import type { ComponentResult } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { Config } from '../config/config.ts'
import type { Problem } from '../config/problem.ts'
import type { Settings } from '../config/variables.ts'
import type { CoverageKind } from '../coverage/kind.ts'
import type { Condition } from '../preflight/condition.ts'
import type { ProjectSettings } from '../project/settings.ts'
import type {
  BackupContext,
  ComponentBackup,
  ComponentEstimate,
  ComponentFiles,
  EstimateContext,
  SnapshotPart,
} from './contracts/backup.ts'
import type { ComponentContext, OfflineContext } from './contracts/context.ts'
import type { DrillRole } from './contracts/drill.ts'
import type { KeptRows } from './contracts/kept-rows.ts'
import type {
  ComponentDiffer,
  ComponentExport,
  ComponentLister,
  ComponentOmissions,
  ExportContext,
  RecoveryContext,
  RecoveryPart,
} from './contracts/offline.ts'
import type { ArmRole, ComponentRestore, RestoreContext } from './contracts/restore.ts'

export type * from './contracts/backup.ts'
export type * from './contracts/context.ts'
export type * from './contracts/drill.ts'
export type * from './contracts/kept-rows.ts'
export type * from './contracts/offline.ts'
export type * from './contracts/restore.ts'

/**
 * A part of a project that is backed up and restored on its own. There is one such object a component, in
 * `src/<name>/component.ts`, and one list of them, `src/components/list.ts`: nothing else knows a component by its name.
 *
 * The object itself is light, as every command loads the list: what does the work is loaded inside the methods, by `import()`.
 */
export interface Component {
  /** Lower-case letters: the folder in a generation, the entrypoint, and what --only and --skip take. */
  readonly name: string
  /** Its place in the order of work: the smaller comes first. */
  readonly order: number
  /** What it holds, in a few words for the picker and --help. */
  readonly holds: string
  /**
   * The component whose backup has all of it, and more: where that one is backed up or restored, this one has nothing to do. It may
   * be restored by itself from a backup of that one.
   */
  readonly within?: string
  /** What it is called within a sentence, e.g. `the database`; its name by default. */
  readonly title?: string
  readonly configuration: {
    /** What the settings lack for a backup of it; undefined when nothing. */
    missing(settings: Settings): Problem | undefined
    /**
     * That a backup of everything is made without it where its settings lack: it is named in the report of each run. One that is
     * not is an error then, as is one that the operator named by --only.
     */
    readonly optional?: boolean
    /** What a backup lacks without it, in a sentence. */
    lost: string
    /** What a backup cannot be estimated without, where that is not the same. */
    missingForEstimate?(settings: Settings): Problem | undefined
    /** What has to be known of a target: asked for where one is typed. */
    target: readonly (keyof ProjectSettings)[]
  }
  /**
   * Its own flags, for `parseArgs`, and without defaults: of backup.sh and of restore.sh. Those that choose a part of it are in
   * both.
   */
  readonly flags?: {
    backup?: ParseArgsConfig['options']
    restore?: ParseArgsConfig['options']
    /** Those of restore.sh with which a command is about a part of this component, and of no other. */
    chooses?: readonly string[]
    /** Those of restore.sh that narrow this component to a part, in a command that may be about others as well. */
    narrows?: readonly string[]
    /** Those of restore.sh that say how the result is compared: a restore that is resumed takes them anew. */
    compares?: readonly string[]
  }

  /** That a backup may be of a part of it (--type, --schema, --exclude-table): it is all that such a backup holds unless more is named. */
  readonly takesParts?: boolean
  /** The counts of a backup whose sudden loss is suspicious: compared with the last good run's, see SHRINK_LIMIT. */
  readonly guarded: readonly string[]
  /** The counts of a backup that tell what the run did, not what it holds: a copy that is brought over has none of them. */
  readonly effort?: readonly string[]
  /** Counts of the last good backup that METRICS_DIR gets, see docs/reference/metrics.md. */
  readonly gauges?: readonly { name: string; help: string; count: string }[]
  /** The lines of --check. */
  preflight(context: ComponentContext): Promise<Condition[]>
  /** What a backup would fetch: `backup.sh --estimate`; asks as little as it can and changes nothing. */
  estimate?(context: EstimateContext): Promise<ComponentEstimate>
  /**
   * A fingerprint of all changes so far, for SKIP_IF_UNCHANGED: the same one means that a backup would only repeat the last.
   * Null where changes are not to be seen; components that change together give the same.
   */
  fingerprint?(context: { config: Config; log: Log; signal: AbortSignal }): Promise<string | null>
  /** That what an unfinished backup of it has fetched is of use to the next one, see `BackupContext.salvage`. */
  readonly salvages?: boolean
  /** Writes `<generation>/<name>/`. @throws BackupError: the run goes on with the others, and keeps the last good copy */
  backup(context: BackupContext): Promise<ComponentBackup>
  /** That its backup opens the one snapshot of the database, in which others read what belongs to the same moment. */
  readonly opensSnapshot?: boolean
  /** What it reads in the database's snapshot, whoever opens that. */
  readonly inSnapshot?: SnapshotPart

  /** What its folder holds besides what manifest.json lists. */
  readonly files: ComponentFiles
  /**
   * Reads what a generation has and the target lacks, and the other way round; see `ComponentRestore`. All are opened before any
   * is restored: what is missing for it is refused here, and what the target has is read only by the methods.
   */
  openRestore(context: RestoreContext): Promise<ComponentRestore>
  /** Its rows in the database, which go and come with that. */
  readonly keptRows?: KeptRows
  /** What a drill can prove of it. */
  readonly drill: DrillRole
  /** What `--arm` wakes after a restore. */
  readonly arm?: ArmRole
  /**
   * `--to-dir`: writes it, or the chosen part, as plain files; needs no target.
   * @throws BackupError NOTHING_SELECTED
   */
  toDirectory?(
    context: OfflineContext & { directory: string },
  ): Promise<{ result: ComponentResult; lines: string[] }>
  /** `--export`: writes it as files for people and other programs. */
  export?(context: ExportContext): Promise<ComponentExport>
  /** About how many bytes these take. @throws BackupError for flags that an export has no use for */
  exportSize?(context: ExportContext): Promise<number>
  /** `--left-out`: what of a backup a restore does not bring back, as far as the backup alone tells. */
  readonly leftOut?: ComponentOmissions
  /** `--diff`: what changed from one backup to another. */
  readonly diff?: ComponentDiffer
  /** `--contents`: what a backup holds of it, by what it recorded. */
  readonly contents?: ComponentLister

  /** Its part of RECOVERY.md; also writes the files that the page's commands use. */
  recovery?(context: RecoveryContext): Promise<RecoveryPart>
  /** Its rows of the coverage matrix. */
  coverage(): Promise<readonly CoverageKind[]>
}
