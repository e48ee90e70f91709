import type { ParseArgsConfig } from 'node:util'
import type pg from 'pg'
import type { ComponentResult } from '../common/findings.ts'
import type { Log } from '../common/log.ts'
import type { Config } from '../config/load.ts'
import type { Problem } from '../config/problem.ts'
import type { Settings } from '../config/variables.ts'
import type { CoverageKind } from '../coverage/kind.ts'
import type { Condition } from '../preflight/condition.ts'

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
  }
  /** Its own flags of backup.sh, for `parseArgs`. */
  readonly flags?: ParseArgsConfig['options']

  /** The counts of a backup whose sudden loss is suspicious: compared with the last good run's, see SHRINK_LIMIT. */
  readonly guarded: readonly string[]
  /** The counts of a backup that tell what the run did, not what it holds: a copy that is brought over has none of them. */
  readonly effort?: readonly string[]
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

  /** What of it `--arm` can wake after a restore, such as cron jobs. */
  readonly arms?: boolean
  /** That `--to-dir` can write it as plain files. */
  readonly plainFiles?: boolean
  /** The lines of --check on whether a drill can prove it, where that depends on the machine. */
  preflightDrill?(context: ComponentContext): Promise<Condition[]>
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
}

/** What a component reads in the database's snapshot, so that it is of the same moment as the rows. */
interface SnapshotPart {
  /** Writes it into the generation; it appears when all of it is written. */
  write(context: { client: pg.ClientBase; generation: string; signal: AbortSignal }): Promise<void>
  isWritten(generation: string): Promise<boolean>
}
