/**
 * The toolkit as a library. Its functions start the scripts, which do all the work, and read what they write: a run that is started
 * here differs in nothing from one of a timer. See docs/reference/library.md and examples/.
 */
import {
  type Condition,
  conditionsSchema,
  type Previewed,
  previewedSchema,
  type Source,
  sourcesSchema,
  type Verified,
  verifiedSchema,
} from './library/answers.ts'
import { ask } from './library/ask.ts'
import {
  type ArmOptions,
  argumentsOf,
  armFlags,
  type BackupOptions,
  backupFlags,
  type DrillOptions,
  drillFlags,
  inProcess,
  type PreviewOptions,
  type ProjectOptions,
  previewFlags,
  type RestoreOptions,
  type ResumeOptions,
  type RollbackOptions,
  type RollbackPreviewOptions,
  restoreFlags,
  resumeFlags,
  rollbackFlags,
  rollbackPreviewFlags,
  type VerifyOptions,
  type VerifyRepositoryOptions,
  verifyFlags,
  verifyRepositoryFlags,
} from './library/options.ts'
import { type ConfiguredProject, configuredProjects } from './library/projects.ts'
import { type Run, startRun, startSkippableRun } from './library/run.ts'
import { type Overview, overviewSchema } from './report/overview.ts'
import type { RunReport } from './report/schema.ts'

export { BackupError, ExitCode } from './common/errors.ts'
export { type BackupType, backupTypes } from './common/partial.ts'
export type { Contents, Diff, Exported, FirstRows, Folder, RetentionPlan } from './library/answers.ts'
export {
  contents,
  deleteArchive,
  diff,
  exportBackup,
  firstRows,
  folder,
  pinArchive,
  retentionPlan,
  unpinArchive,
} from './library/archives.ts'
export type {
  ArmOptions,
  BackupOptions,
  DrillOptions,
  PreviewOptions,
  ProjectOptions,
  RestoreOptions,
  ResumeOptions,
  RollbackOptions,
  RollbackPreviewOptions,
  RunOptions,
  VerifyOptions,
  VerifyRepositoryOptions,
} from './library/options.ts'
export { type Run, RunError } from './library/run.ts'
export { type RunReport, runReportSchema } from './report/schema.ts'
export { type RunEvent, runEventSchema } from './run/events.ts'
export { type RunFile, runFileSchema } from './run/facts.ts'
export type { Condition, ConfiguredProject, Overview, Previewed, Source, Verified }

/** Backs up a project. The result is null where ONLY_IF said that now is not the time. */
export function backup(options: BackupOptions = {}): Run<RunReport | null> {
  return startSkippableRun('backup.sh', argumentsOf(options, backupFlags), inProcess(options))
}

/** Restores a backup over a target, verifies the result, and before it backs up what is there. */
export function restore(options: RestoreOptions): Run<RunReport> {
  return startRun('restore.sh', ['--yes', ...argumentsOf(options, restoreFlags)], inProcess(options))
}

/** Brings a target back as it was before the last restore over one. */
export function rollback(options: RollbackOptions): Run<RunReport> {
  const args = ['--rollback', '--yes', ...argumentsOf(options, rollbackFlags)]
  return startRun('restore.sh', args, inProcess(options))
}

/** Finishes a restore that broke off after the database was committed. */
export function resume(options: ResumeOptions): Run<RunReport> {
  return startRun(
    'restore.sh',
    ['--resume', '--yes', ...argumentsOf(options, resumeFlags)],
    inProcess(options),
  )
}

/** Makes cron jobs and webhooks active that a restore before has left asleep. */
export function arm(options: ArmOptions): Run<RunReport> {
  return startRun('restore.sh', ['--arm', '--yes', ...argumentsOf(options, armFlags)], inProcess(options))
}

/** Has Borg check the repository and its archives, and reads random files of the newest. */
export function verifyRepository(options: VerifyRepositoryOptions = {}): Run<RunReport> {
  const args = ['--verify-repo', ...argumentsOf(options, verifyRepositoryFlags)]
  return startRun('backup.sh', args, inProcess(options))
}

/** What a restore with the same options would change at the target. It changes nothing, and asks for no confirmation. @throws BackupError */
export function preview(options: PreviewOptions): Promise<Previewed> {
  return ask(
    'restore.sh',
    ['--preview', ...argumentsOf(options, previewFlags)],
    inProcess(options),
    previewedSchema,
  )
}

/** What a rollback with the same options would change at the target. It changes nothing, and asks for no confirmation. @throws BackupError */
export function previewRollback(options: RollbackPreviewOptions): Promise<Previewed> {
  const args = ['--preview', '--rollback', ...argumentsOf(options, rollbackPreviewFlags)]
  return ask('restore.sh', args, inProcess(options), previewedSchema)
}

/** Restores a backup, the newest archive unless another is named, into a disposable target, and proves that it equals the backup. */
export function drill(options: DrillOptions = {}): Run<RunReport> {
  return startRun('restore.sh', ['--test', '--yes', ...argumentsOf(options, drillFlags)], inProcess(options))
}

/** Checks a backup, the newest archive unless another is named, file by file against its manifest. @throws BackupError */
export function verify(options: VerifyOptions = {}): Promise<Verified> {
  return ask(
    'restore.sh',
    ['--verify', ...argumentsOf(options, verifyFlags)],
    inProcess(options),
    verifiedSchema,
  )
}

/** What there is to restore from: archives, Local and Extract, newest first. @throws BackupError */
export function list(options: ProjectOptions = {}): Promise<Source[]> {
  return ask('restore.sh', ['--list'], inProcess(options), sourcesSchema)
}

/** What is known of a project: its last runs, the one under way, problems. @throws BackupError */
export function status(options: ProjectOptions = {}): Promise<Overview> {
  return ask('backup.sh', ['--status'], inProcess(options), overviewSchema)
}

/** Whether a backup could be made: configuration, programs, repository and project, a condition each. @throws BackupError */
export function check(options: ProjectOptions = {}): Promise<Condition[]> {
  return ask('backup.sh', ['--check'], inProcess(options), conditionsSchema)
}

/** Every project in the configuration directories; `status({ envFile })` says how it is. */
export function projects(options: Pick<ProjectOptions, 'environment'> = {}): Promise<ConfiguredProject[]> {
  return configuredProjects({ ...process.env, ...options.environment })
}
