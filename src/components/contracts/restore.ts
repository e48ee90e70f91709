import type { BackupError } from '../../common/errors.ts'
import type { ComponentResult, Finding } from '../../common/findings.ts'
import type { Manifest } from '../../common/manifest.ts'
import type { Project } from '../../project/project.ts'
import type { ComponentContext, OfflineContext } from './context.ts'
import type { KeptRowsPreview } from './kept-rows.ts'

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
export interface ArmRole {
  /** In the plural, for the question: `cron jobs and webhooks`. */
  what: string
  /** Returns what was woken, and what could not be, a line each. */
  run(context: RestoreContext): Promise<{ document: Record<string, unknown>; failed: string[] }>
}
