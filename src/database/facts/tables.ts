import { z } from 'zod'

/** One relation that holds rows of its own: partitioned parents have none, foreign tables' are elsewhere. */
export const tableRow = z.object({
  /** The source's object identifier: it finds the entry in the dump's table of contents. */
  oid: z.number(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['table', 'partition', 'materialized view']),
  rows: z.number().int(),
  /**
   * Sum over the rows of `hashtextextended(row as text, 0)`, in decimal: independent of their order. Null for a
   * materialized view that was never populated, and for a table with a row too long to be printed.
   */
  hash: z.string().nullable(),
  /** Size of the table with its TOAST data, in bytes. */
  bytes: z.number(),
})
export type Table = z.infer<typeof tableRow>

export const tables = { file: 'tables.jsonl', row: tableRow }
