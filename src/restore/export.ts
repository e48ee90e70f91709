import { BackupError, ExitCode } from '../common/errors.ts'
import { toolVersion } from '../common/version.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { joinDocuments } from '../components/join-documents.ts'
import { exportBackup } from '../export/export.ts'
import { type ExportFormat, exportFormats } from '../export/formats.ts'
import type { RestoreCommand } from './command.ts'
import { verifyGeneration } from './verify-generation.ts'

/**
 * `restore.sh --export`: writes a backup as SQL, JSON or CSV and plain files; needs no target and no database.
 * @throws BackupError EXPORT_FORMAT for a format that there is not
 */
export async function exportCommand(command: RestoreCommand): Promise<WorkerOutcome> {
  const { directory } = command
  if (directory === undefined) throw new TypeError('restore.ts export needs --directory')
  const formats = parseFormats(command.formats)
  const manifest = await verifyGeneration(command)
  const { folder, components } = await exportBackup({
    ...command,
    ...{ manifest, formats, directory, toolVersion: await toolVersion() },
  })
  const exported = Object.values(components)
  const isDegraded = exported.some(({ status }) => status === 'degraded')
  const status = isDegraded ? 'degraded' : 'complete'
  return {
    document: joinDocuments(
      { status, folder },
      exported.map(({ document }) => document),
    ),
    text: [`Exported to ${folder}`, ...exported.flatMap(({ lines }) => lines).map((line) => `  ${line}`)],
    exitCode: isDegraded ? ExitCode.degraded : ExitCode.success,
  }
}

function parseFormats(text: string): ExportFormat[] {
  const names = text.split(',').filter((name) => name !== '')
  const wrong = names.filter((name) => !exportFormats.some((format) => format === name))
  if (names.length > 0 && wrong.length === 0) return exportFormats.filter((format) => names.includes(format))
  throw new BackupError({
    code: 'EXPORT_FORMAT',
    message: `There is no format ${wrong.join(', ') || text}.`,
    suggestion: `Name one or more of ${exportFormats.join(', ')}, separated by commas.`,
    phase: 'export',
    exitCode: ExitCode.usage,
  })
}
