import { type ComponentResult, type Finding, finding, statusOf } from '../../common/findings.ts'
import { plural } from '../../common/units.ts'
import type { Loaded } from './load.ts'

/** What became of the database by rows that were loaded into one of its tables. */
export function loadResult(
  { inserted, updated, deleted, rows, ignored, notMoved, identities }: Loaded,
  seconds: number,
): ComponentResult {
  const component = 'database'
  const found = (severity: Finding['severity'], kind: string, names: readonly string[], message: string) =>
    names.length === 0 ? [] : [finding({ component, severity, kind, names, message })]
  const findings = [
    ...found(
      'note',
      'computed-columns-ignored',
      ignored,
      'The table computes these columns itself; their values in the file were not used.',
    ),
    ...found(
      'degraded',
      'identity-values-kept',
      identities.map(({ name, rows: kept }) => `${name}: ${plural(kept, 'row')}`),
      'Rows that were there kept their value in these columns, where the file has another: they are GENERATED ALWAYS AS IDENTITY and no part of the key, and the server lets nobody change them. With --replace the rows of the file come as they are.',
    ),
    ...found(
      'manual',
      'sequences-not-moved',
      notMoved,
      'The defaults of these columns take numbers from a sequence in a way that does not tell which number comes next, or from one that this role may not move: look that it goes on behind the rows (setval).',
    ),
  ]
  return {
    ...{ component, status: statusOf(findings), seconds, findings },
    counts: { tables: 1, inserted, updated, deleted, rows },
  }
}
