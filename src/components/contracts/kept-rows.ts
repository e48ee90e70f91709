import type pg from 'pg'
import type { Finding } from '../../common/findings.ts'
import type { ComponentFlags } from './context.ts'

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
