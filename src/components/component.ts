import type { ParseArgsConfig } from 'node:util'
import type pg from 'pg'
import type { BackupError } from '../common/errors.ts'
import type { ComponentResult, Finding } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { Manifest } from '../common/manifest.ts'
import type { PartialBackup } from '../common/partial.ts'
import type { Config } from '../config/load.ts'
import type { Problem } from '../config/problem.ts'
import type { Settings } from '../config/variables.ts'
import type { CoverageKind } from '../coverage/kind.ts'
import type { ExportFormat } from '../export/formats.ts'
import type { Condition } from '../preflight/condition.ts'
import type { Project } from '../project/project.ts'
import type { ProjectSettings } from '../project/settings.ts'

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

  /** Its part of RECOVERY.md; also writes the files that the page's commands use. */
  recovery?(context: RecoveryContext): Promise<RecoveryPart>
  /** Its rows of the coverage matrix. */
  coverage(): Promise<readonly CoverageKind[]>
}

interface ComponentContext {
  config: Config
  log: Log
  signal: AbortSignal
}

/** The flags of all components as `parseArgs` gives them; each reads its own. */
export type ComponentFlags = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>

export interface EstimateContext extends ComponentContext {
  /** For what is read meanwhile; removed afterwards. */
  scratch: string
  /** The generation before, for what is unchanged. */
  previous: string | undefined
  flags: ComponentFlags
}

export interface ComponentEstimate {
  /** Joins those of the others in what --json prints. */
  document: Record<string, unknown>
  /** The same for people. */
  text: string
}

export interface BackupContext extends ComponentContext {
  /** The new generation's directory; the component's own folder is not there yet, or only what `inSnapshot` wrote. */
  generation: string
  /** The generation before, for what is unchanged. */
  previous: string | undefined
  /** Directories of runs that died: what they had fetched is not fetched again. */
  salvage: readonly string[]
  flags: ComponentFlags
  /** Whether its `inSnapshot` has been written by the run of the component that opens the snapshot; else it reads by itself. */
  isInSnapshot: boolean
  /** To be called in a snapshot that this component opened, before its own work: what others read in it. */
  fillSnapshot(client: pg.ClientBase, takenAt: string): Promise<void>
  /** Gets what is known even if the backup fails, for the report. */
  known: ComponentResult[]
}

export interface ComponentBackup {
  result: ComponentResult
  /** When the snapshot that it was read in was taken, ISO 8601; null without one. */
  snapshotAt: string | null
  /** Of servers, programs and services, e.g. `server: 15.20`; those of all components stand together in the manifest. */
  versions?: Record<string, string> | undefined
  /** Which part of it was asked for, where that is not all. */
  partial?: PartialBackup | undefined
}

/** What a component reads in the database's snapshot, so that it is of the same moment as the rows. */
interface SnapshotPart {
  /** Writes it into the generation; it appears when all of it is written. */
  write(context: { client: pg.ClientBase; generation: string; signal: AbortSignal }): Promise<void>
  isWritten(generation: string): Promise<boolean>
}

interface ComponentFiles {
  /** Paths in the generation that say whose backup it is: checked and extracted whatever is restored. */
  identity?: readonly string[]
  /** Folder in the generation whose files, with their hashes, are listed by the component's own files. */
  listedApart?: string
  /** Room and number of those files, from the counts of the backup. */
  apart?(counts: Readonly<Record<string, number>>): { bytes: number; files: number }
  /** Compares them, as far as the flags choose them, with what lists them; returns what is wrong, a line each. */
  check?(context: OfflineContext): Promise<string[]>
  /** A chosen part of them. */
  part?: {
    /** What tells which files the flags choose: Borg patterns to be extracted first; undefined where they choose no part. */
    lists(flags: ComponentFlags): readonly string[] | undefined
    /** Which these are, and their size, once those lists lie in the generation. */
    chosen(generation: string, flags: ComponentFlags): Promise<{ path: string; bytes: number }[]>
  }
}

/** For what needs the backup and no target. */
export interface OfflineContext {
  generation: string
  flags: ComponentFlags
  log: Log
  signal: AbortSignal
}

export interface RestoreContext extends ComponentContext, OfflineContext {
  manifest: Manifest
  /** The components that are restored. */
  wanted: readonly string[]
  target: Project
  /** Whether what acts on the world (cron jobs, webhooks) becomes active at once. */
  arm: boolean
  /** The backup is the target itself as it was. */
  rollback: boolean
  /** The target's own data is nobody's loss, and it is verified as a whole right afterwards. */
  disposable: boolean
  /** Where the names of what was left out are written, a line each. */
  leftOutFile?: string | undefined
}

/** The restore of one component into one target: what it needs is opened once, and closed at the end. */
export interface ComponentRestore {
  /** That it replaces rows of the database that others keep, see `KeptRows`. */
  readonly replacesRows?: boolean
  /** False where it is all or nothing and brings only a part: it is not resumed, and no earlier restore is forgotten for it. */
  readonly isResumable?: boolean
  /** What would become of the target; writes nothing. @param kept what `KeptRows.preview` of all says, where it replaces rows */
  preview(kept: KeptRowsPreview): Promise<ComponentPreview>
  /** @param progress what is done is noted there: a restore that broke off may be resumed from it */
  restore(progress: ComponentProgress): Promise<ComponentResult>
  /** A rollback: the backup is the target as it was, and what came since is taken back too. */
  undo(progress: ComponentProgress): Promise<ComponentResult>
  /**
   * Compares the target with the backup, reading both anew; undefined where the restore itself has compared all that it
   * brought.
   */
  verify(progress: ComponentProgress, rollback: boolean): Promise<ComponentVerification | undefined>
  /** The last thing of all, after the comparison and the operator's own check: for what would have disturbed them. */
  finish?(progress: ComponentProgress): Promise<readonly Finding[]>
  /**
   * Finds out what became of it in a restore that broke off while this component was under way. Without it, it is done again.
   * @throws BackupError RESUME_TOO_EARLY while that is open
   */
  settle?(progress: ComponentProgress): Promise<Settled>
  /**
   * What a failure that broke it off has left of it at the target. Undefined where the error says so itself; without it, a
   * part may be there, and is finished by `--resume`.
   */
  left?(progress: ComponentProgress, error: BackupError): LeftBehind | undefined
  close(): Promise<void>
}

/** What became of a component in a restore that broke off. */
export type Settled =
  | { is: 'done'; result: ComponentResult }
  /** It has to be done (again). */
  | { is: 'open' }
  /** The target is as it was, or cannot be finished from there: a new restore is needed. `because` in a sentence. */
  | { is: 'void'; because: string }

/** What a failure left of a component at the target. */
export interface LeftBehind {
  isUnchanged: boolean
  /** In a sentence. */
  state: string
  /** How to go on from there, in a sentence; undefined where the error's own suggestion is all there is. */
  next?: string | undefined
}

/** How far a component's restore has come. */
export interface ComponentProgress {
  /** What it noted last; JSON, empty at first. */
  readonly state: Readonly<Record<string, unknown>>
  /** Adds to it, on the disk where the restore can be resumed. */
  note(state: Record<string, unknown>): Promise<void>
  /** SQL that others have run in the transaction which replaces their rows, before its COMMIT. */
  readonly inTransaction: string
}

export interface ComponentPreview {
  /** Stands under the component's name in what --json prints. */
  document: Record<string, unknown>
  /** @param limit how many things of a kind are listed; what is more is counted */
  lines(limit: number): string[]
}

/** One thing at the target that is not as the backup has it. */
export interface ComponentDifference {
  component: string
  /** e.g. `row-count`. */
  kind: string
  name: string
  expected: string | null
  actual: string | null
}

export interface ComponentVerification {
  ok: boolean
  /** What was compared. */
  counts: Record<string, number>
  differences: ComponentDifference[]
  findings: Finding[]
}

/** What can be woken: it acts on the world, and sleeps in a copy of the project. */
interface ArmRole {
  /** In the plural, for the question: `cron jobs and webhooks`. */
  what: string
  /** Returns what was woken, and what could not be, a line each. */
  run(context: RestoreContext): Promise<{ document: Record<string, unknown>; failed: string[] }>
}

/** Rows that a component keeps in the database: another's restore replaces them, while what they tell of stays. */
export interface KeptRows {
  /** Notes, before, what the target holds. */
  before(context: { client: pg.ClientBase; directory: string; signal: AbortSignal }): Promise<void>
  /** SQL for the transaction, before its COMMIT. */
  inTransaction(): Promise<string>
  /** Makes the rows tell the truth again, once the transaction is committed. Findings are the database's. */
  after(context: { client: pg.ClientBase; directory: string } & KeptRowsContext): Promise<Finding[]>
  /** What `after` will do, for a preview. */
  preview(context: { client: pg.ClientBase; generation: string } & KeptRowsContext): Promise<KeptRowsPreview>
}

/** What stays of rows that others keep, when a component has replaced them. */
export interface KeptRowsPreview {
  /** How many stay that the backup does not have, by table: `storage.buckets`. */
  rows: Record<string, number>
  findings: Finding[]
}

export interface KeptRowsContext {
  wanted: readonly string[]
  flags: ComponentFlags
  disposable: boolean
}

/** Whether a drill can prove a component: by a stand-in of the project, which every component adds its part to. */
type DrillRole =
  | {
      provable: true
      /** Lines of --check: could a drill run here? */
      preflight?(context: ComponentContext): Promise<Condition[]>
      /** Refuses a backup that no stand-in here could take; it is not verified yet. */
      requireStandIn?(context: Omit<StandInContext, 'manifest' | 'project'>): Promise<void>
      standIn?(context: StandInContext): Promise<StandIn>
    }
  | { provable: false; because: string }

export interface StandInContext extends OfflineContext {
  config: Config
  manifest: Manifest
  /** What the components before have started. */
  project: Partial<Project>
}

/** A component's part of the throwaway project. */
export interface StandIn {
  project: Partial<Project>
  /** In what it is not like a hosted one. */
  findings: Finding[]
  /** Of restore.sh: what is worth doing here, unless the command says otherwise. */
  flags?: ComponentFlags | undefined
  /** Ends it and removes everything. */
  stop(): Promise<void>
}

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

interface ComponentOmissions {
  /** Borg patterns of the recorded facts that tell it. */
  files: readonly string[]
  /** In the order of the backup; @param generation has those files */
  list(generation: string): Promise<Omission[]>
}

interface ComponentDiffer {
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
