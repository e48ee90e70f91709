import { z } from 'zod'

/**
 * The state of every sequence. Sequences stand outside transactions: each is read as it is at that moment. The
 * backup reads them after the dump has ended, so that on a busy source a value is never below the dump's.
 */
export const sequenceRow = z.object({
  schema: z.string(),
  name: z.string(),
  /** A bigint in decimal. */
  lastValue: z.string(),
  isCalled: z.boolean(),
})
export type Sequence = z.infer<typeof sequenceRow>

export const sequences = { file: 'sequences.jsonl', row: sequenceRow }
