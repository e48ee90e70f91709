/**
 * Brings the rows of one table of the newest archive back into the project of the TEST_SUPABASE_ variables.
 *
 *     node --import tsx examples/restore-table.ts ENV_FILE SCHEMA.NAME REFERENCE
 *
 * REFERENCE is that of the target in full: it says that you know what is restored over.
 */
import { BackupError, restore } from 'supabase-backup'

const [envFile, table = '', confirm = ''] = process.argv.slice(2)
const { result } = restore({
  envFile,
  archive: 'latest',
  target: 'test',
  confirm,
  tables: [table],
  dataOnly: true,
  noSafetyBackup: true,
})
try {
  const { outcome, target, components } = await result
  console.log(`${table} was restored to ${target}: ${outcome}`, components[0]?.counts)
} catch (error) {
  if (!(error instanceof BackupError)) throw error
  console.error(`${error.message} ${error.suggestion} [${error.code}]`)
  process.exitCode = error.exitCode
}
