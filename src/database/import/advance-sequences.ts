import { quoteName, quoteText } from '../sql/statements.ts'
import type { TargetTable } from './target-table.ts'

/**
 * SQL that moves a table's sequences on: what comes next must not be a number that a row has already. A sequence may count down,
 * and one that was never called gives its `last_value` first. Numbers outside its bounds are none that it comes to.
 */
export function advanceSequences({ own, columns }: TargetTable, loaded: readonly { name: string }[]): string {
  const names = new Set(loaded.map(({ name }) => name))
  return columns
    .flatMap(({ name, sequence }) =>
      sequence === null || !names.has(name) ? [] : [advance(own, name, sequence)],
    )
    .join('')
}

function advance(own: string, column: string, sequence: string): string {
  const number = `t.${quoteName(column)}::numeric`
  const text = quoteText(sequence)
  return `SELECT pg_catalog.setval(${text}, reached.number) FROM ${sequence} s,
    (SELECT p.seqincrement > 0 AS rises,
        CASE WHEN p.seqincrement > 0 THEN ceil(max(${number})) ELSE floor(min(${number})) END::bigint AS number
      FROM ${own} t, pg_catalog.pg_sequence p
      WHERE p.seqrelid = ${text}::pg_catalog.regclass AND ${number} BETWEEN p.seqmin AND p.seqmax GROUP BY p.seqincrement) reached
    WHERE CASE WHEN rises THEN number > s.last_value ELSE number < s.last_value END
      OR (number = s.last_value AND NOT s.is_called);\n`
}
