import { type ComponentResult, finding, statusOf } from '../../common/findings.ts'
import type { Loaded } from './load.ts'

/** What became of the database by rows that were loaded into one of its tables. */
export function loadResult(
  { inserted, updated, deleted, rows, ignored }: Loaded,
  seconds: number,
): ComponentResult {
  const component = 'database'
  const message = 'The table computes these columns itself; their values in the file were not used.'
  const findings =
    ignored.length === 0
      ? []
      : [finding({ component, severity: 'note', kind: 'computed-columns-ignored', names: ignored, message })]
  return {
    ...{ component, status: statusOf(findings), seconds, findings },
    counts: { tables: 1, inserted, updated, deleted, rows },
  }
}
