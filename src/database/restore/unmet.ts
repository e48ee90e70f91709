import { BackupError, ExitCode } from '../../common/errors.ts'
import type { ContentsEntry } from '../rules/contents.ts'
import { type Selection, unmetNames } from '../rules/selection.ts'

/** Refuses to restore a part of which the backup lacks a name, or has nothing. @throws BackupError SELECTION_EMPTY */
export function refuseUnmet(
  selection: Selection,
  selected: ReadonlySet<ContentsEntry>,
  entries: readonly ContentsEntry[],
): void {
  const unmet = unmetNames(entries, selection)
  if (unmet.length === 0 && selected.size > 0) return
  const schemas = entries.filter(({ desc }) => desc === 'SCHEMA').map(({ tag }) => tag)
  throw new BackupError({
    code: 'SELECTION_EMPTY',
    message:
      unmet.length === 0
        ? 'The backup holds nothing of what was selected.'
        : `The backup holds nothing of these names: ${unmet.join(', ')}.`,
    detail: `schemas in the backup: ${['public', ...schemas].join(', ')}`,
    suggestion: 'Correct --schema or --table; names are case-sensitive.',
    phase: 'database/selection',
    exitCode: ExitCode.usage,
  })
}
