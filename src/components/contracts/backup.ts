import type pg from 'pg'
import type { ComponentResult } from '../../common/findings.ts'
import type { PartialBackup } from '../../common/partial.ts'
import type { ComponentContext, ComponentFlags, OfflineContext } from './context.ts'

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
  /** To be called once, in a snapshot that this component opened, before its own work: what others read in it. Returns their names. */
  fillSnapshot(client: pg.ClientBase, takenAt: string): Promise<string[]>
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
export interface SnapshotPart {
  /** Writes it into the generation; it appears when all of it is written. */
  write(context: { client: pg.ClientBase; generation: string; signal: AbortSignal }): Promise<void>
  isWritten(generation: string): Promise<boolean>
}

export interface ComponentFiles {
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
