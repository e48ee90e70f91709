import type pg from 'pg'
import { z } from 'zod'
import { streamRows } from './fact.ts'
import { batches, dumped, quoteRelation, readable, relationRow } from './relations.ts'

/**
 * The state of one sequence. Sequences stand outside transactions: each is read as it is at that moment. The backup
 * reads them after the dump has ended, so that on a busy source a value here is never behind the dump's.
 */
export const sequenceRow = z.object({
  schema: z.string(),
  name: z.string(),
  /** A bigint in decimal. */
  lastValue: z.string().regex(/^-?\d{1,19}$/),
  isCalled: z.boolean(),
})
export type Sequence = z.infer<typeof sequenceRow>

export const sequences = { file: 'sequences.jsonl', row: sequenceRow }

const sequencesPerQuery = 500

/** Reads the state of every sequence the session may read. The client must be inside a transaction. */
export async function* readSequences(client: pg.Client): AsyncGenerator<Sequence> {
  const list = await Array.fromAsync(
    streamRows(
      client,
      `select c.oid, n.nspname::text as schema, c.relname::text as name
       from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'S' and ${dumped} and ${readable} order by 2, 3`,
      relationRow,
    ),
  )
  const stateRow = sequenceRow.pick({ lastValue: true, isCalled: true }).extend({ oid: z.number() })
  for (const batch of batches(list, sequencesPerQuery)) {
    const states = batch.map(
      (sequence) =>
        `select ${sequence.oid}::oid as oid, last_value::text as "lastValue", is_called as "isCalled" from ${quoteRelation(sequence)}`,
    )
    const { rows } = await client.query(states.join(' union all '))
    const byOid = new Map(rows.map((row) => stateRow.parse(row)).map((state) => [state.oid, state]))
    for (const { oid, schema, name } of batch) {
      const state = byOid.get(oid)
      if (state) yield { schema, name, lastValue: state.lastValue, isCalled: state.isCalled }
    }
  }
}
