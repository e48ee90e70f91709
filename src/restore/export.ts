import { BackupError, ExitCode } from '../common/errors.ts'
import { formatBytes, plural } from '../common/units.ts'
import { toolVersion } from '../common/version.ts'
import type { WorkerOutcome } from '../common/worker.ts'
import { clientsOf, restoreClients } from '../database/restore/clients.ts'
import { type Export, type ExportFormat, exportBackup, exportFormats } from '../export/export.ts'
import type { RestoreCommand } from './command.ts'
import { verifyGeneration } from './generation.ts'

const namesShown = 3

/**
 * `restore.sh --export`: writes a backup as SQL, JSON or CSV and plain files; needs no target and no database.
 * @throws BackupError EXPORT_FORMAT for a format that there is not
 */
export async function exportCommand(command: RestoreCommand): Promise<WorkerOutcome> {
  const { config, generation, directory, components, part, log } = command
  if (directory === undefined) throw new TypeError('restore.ts export needs --directory')
  if (part && (part.contents !== 'all' || part.intoSchema !== undefined)) throw selectsOnly()
  const formats = parseFormats(command.formats)
  const manifest = await verifyGeneration(command)
  const result = await exportBackup({
    ...command,
    ...{ manifest, formats, directory, toolVersion: await toolVersion() },
    database: components.includes('database'),
    storage: components.includes('storage') && part === undefined,
    selection: part?.selection,
    clients: async () =>
      clientsOf({
        clients: await restoreClients({
          config,
          generation,
          components: ['database'],
          target: undefined,
          log,
        }),
      }),
  })
  const status = result.storage?.status ?? 'complete'
  return {
    document: {
      status,
      folder: result.folder,
      tables: result.tables,
      withoutFile: result.withoutFile.map(({ schema, name, kind, rows }) => ({ schema, name, kind, rows })),
      users: result.users ?? null,
      storage: result.storage ?? null,
    },
    text: describe(result),
    exitCode: status === 'degraded' ? ExitCode.degraded : ExitCode.success,
  }
}

function selectsOnly(): BackupError {
  return new BackupError({
    code: 'SELECTION_INVALID',
    message: '--data-only, --schema-only and --into-schema say how a target is restored; an export has none.',
    suggestion: 'Choose what is exported by --schema, --table, --bucket, --only and --format.',
    phase: 'export',
    exitCode: ExitCode.usage,
  })
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

function countOf(tables: readonly { rows: number }[]): string {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return `${plural(tables.length, 'table')}, ${plural(rows, 'row')}`
}

function namesOf(tables: readonly { schema: string; name: string }[]): string {
  const shown = tables.slice(0, namesShown).map(({ schema, name }) => `${schema}.${name}`)
  const more = tables.length - shown.length
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ')
}

function describe({ folder, tables, withoutFile, users, storage }: Export): string[] {
  return [
    `Exported to ${folder}`,
    ...(tables.length > 0 ? [`  ${countOf(tables)}`] : []),
    ...(withoutFile.length > 0
      ? [
          `  ${countOf(withoutFile)} of the backup without a file, as the database or an extension makes them: ${namesOf(withoutFile)}`,
        ]
      : []),
    ...(users === undefined
      ? []
      : [`  ${plural(users, 'user')} in auth_users.json, with their password hashes: keep it to yourself`]),
    ...(storage
      ? [
          `  ${plural(storage.counts['objects'] ?? 0, 'object')}, ${formatBytes(storage.counts['bytes'] ?? 0)}`,
        ]
      : []),
    ...(storage?.findings ?? []).map(({ message }) => `  ${message}`),
  ]
}
