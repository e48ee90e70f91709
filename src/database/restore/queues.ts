import { z } from 'zod'
import type { PsqlSession } from '../connect/psql.ts'
import type { Queue } from '../facts/all.ts'
import { quoteText } from '../sql/statements.ts'
import type { Weakening } from './weakened.ts'

const presentRow = z.object({ present: z.boolean() })

/**
 * Writes the list of pgmq's queues anew, which no dump holds, and makes those whose tables no dump holds either, empty.
 * @param targetHasPgmq once the extensions are created; without it there is nothing to write to
 * @returns partitioned queues without tables, which only who made them knows how to make
 */
export async function restoreQueues(
  session: PsqlSession,
  queues: readonly Queue[],
  targetHasPgmq: boolean,
): Promise<Weakening[]> {
  const refused: Weakening[] = []
  if (!targetHasPgmq) return refused
  for (const queue of queues) {
    const table = `q_${queue.name.toLowerCase()}`
    const [row] = await session.rows(
      `SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = 'pgmq' AND tablename = ${quoteText(table)}) AS present`,
      presentRow,
    )
    if (!row?.present && queue.partitioned)
      refused.push({ kind: 'refused', name: `queue ${queue.name}`, reason: 'its tables are in no dump' })
    else await session.run(`${listed(queue)}${row?.present ? '' : created(queue)}`)
  }
  return refused
}

function listed({ name, partitioned, unlogged, created }: Queue): string {
  return `INSERT INTO pgmq.meta (queue_name, is_partitioned, is_unlogged, created_at)
    VALUES (${quoteText(name)}, ${partitioned}, ${unlogged}, ${quoteText(created)}) ON CONFLICT DO NOTHING;\n`
}

function created({ name, unlogged }: Queue): string {
  return `SELECT pgmq.${unlogged ? 'create_unlogged' : 'create'}(${quoteText(name)});\n`
}
