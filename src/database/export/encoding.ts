import { BackupError } from '../../common/errors.ts'
import type { Contents } from '../rules/contents.ts'

/** @throws BackupError EXPORT_ENCODING where rows are not in UTF-8, which JSON and CSV have to be */
export function refuseOtherEncoding({ entries }: Contents): void {
  const encoding = entries.find(({ desc }) => desc === 'ENCODING')?.defn ?? "'UTF8'"
  if (encoding.includes("'UTF8'")) return
  throw new BackupError({
    code: 'EXPORT_ENCODING',
    message: 'The rows of this backup are not in UTF-8, which JSON and CSV have to be.',
    detail: encoding.trim(),
    suggestion: 'Export them as SQL: --format sql.',
    phase: 'export',
  })
}
