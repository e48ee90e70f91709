/** What the library asks of backups: what they hold, what changed, what retention would do, and taking them out or away. */
import {
  type Contents,
  contentsSchema,
  type Diff,
  diffSchema,
  doneSchema,
  type Exported,
  exportedSchema,
  type FirstRows,
  type Folder,
  firstRowsSchema,
  folderSchema,
  type RetentionPlan,
  retentionPlanSchema,
} from './answers.ts'
import { ask } from './ask.ts'
import {
  argumentsOf,
  type ContentsOptions,
  contentsFlags,
  type DiffOptions,
  type ExportOptions,
  exportFlags,
  type FirstRowsOptions,
  type FolderOptions,
  firstRowsFlags,
  folderFlags,
  inProcess,
  type ProjectOptions,
} from './options.ts'

/** What a backup holds, the newest archive unless another is named. @throws BackupError */
export function contents(options: ContentsOptions = {}): Promise<Contents> {
  return ask(
    'restore.sh',
    ['--contents', ...argumentsOf(options, contentsFlags)],
    inProcess(options),
    contentsSchema,
  )
}

/** What lies in a folder of a bucket of a backup. @throws BackupError NOTHING_SELECTED where there is no such bucket */
export function folder(options: FolderOptions): Promise<Folder> {
  const args = ['--contents', ...argumentsOf(options, folderFlags)]
  return ask('restore.sh', args, inProcess(options), folderSchema)
}

/** The first rows of a table of a backup. @throws BackupError NOTHING_SELECTED where it has none of such a table */
export function firstRows(options: FirstRowsOptions): Promise<FirstRows> {
  const args = ['--contents', ...argumentsOf(options, firstRowsFlags)]
  return ask('restore.sh', args, inProcess(options), firstRowsSchema)
}

/** What changed from one backup to another. @throws BackupError */
export function diff(options: DiffOptions): Promise<Diff> {
  return ask('restore.sh', ['--diff', options.from, options.to], inProcess(options), diffSchema)
}

/** What retention would keep and delete now; of other rules, where `environment` sets them. @throws BackupError */
export function retentionPlan(options: ProjectOptions = {}): Promise<RetentionPlan> {
  return ask('backup.sh', ['--prune-plan'], inProcess(options), retentionPlanSchema)
}

/** Writes a backup, or parts of it, as files for people and other programs. @throws BackupError */
export function exportBackup(options: ExportOptions): Promise<Exported> {
  const args = argumentsOf(options, exportFlags)
  return ask('restore.sh', args, inProcess(options), exportedSchema)
}

/** Deletes one archive of the project, from all of its repositories. @throws BackupError */
export async function deleteArchive({
  archive,
  ...options
}: ProjectOptions & { archive: string }): Promise<void> {
  await ask('backup.sh', ['--delete', archive], inProcess(options), doneSchema)
}

/** Keeps an archive from retention and from being deleted, until it is unpinned. @throws BackupError */
export async function pinArchive({
  archive,
  reason,
  ...options
}: ProjectOptions & { archive: string; reason?: string | undefined }): Promise<void> {
  const args = ['--pin', archive, ...(reason === undefined ? [] : ['--reason', reason])]
  await ask('backup.sh', args, inProcess(options), doneSchema)
}

/** Leaves it to retention again. @throws BackupError */
export async function unpinArchive({
  archive,
  ...options
}: ProjectOptions & { archive: string }): Promise<void> {
  await ask('backup.sh', ['--unpin', archive], inProcess(options), doneSchema)
}
