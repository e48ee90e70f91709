/** One kind of thing that a project is made of, and what becomes of it. */
export interface CoverageKind {
  name: string
  /** How it returns, or why it cannot and what to do instead. */
  returns: string
  /** The counts of a backup that say how much of it there is, for RECOVERY.md. */
  counts?: readonly string[]
  /** Files of a backup, by their paths in it: where none of them is there, it holds none of this. */
  files?: readonly string[]
  /** Ids of the rules of the restore that decide about it (src/database/rules/rules.ts). */
  rules?: readonly string[]
  /** What is recorded of it beside the dump, and compared after a restore. */
  facts?: readonly { file: string }[]
}
