/**
 * What the dashboard takes of the toolkit: the library, which starts the scripts, and what reads the files that they write. Nothing
 * else here reaches into it.
 */

export { BackupError } from '../../../src/common/errors.ts'
export { openPlainFile, writeFileAtomic } from '../../../src/common/files.ts'
export { runProgram } from '../../../src/common/process.ts'
export { readState } from '../../../src/common/state-file.ts'
export { formatBytes, formatSeconds, plural } from '../../../src/common/units.ts'
export { componentNames, findComponent } from '../../../src/components/list.ts'
export { neededBy } from '../../../src/components/select.ts'
export { configurationDirectories, type Environment, projectOfFile } from '../../../src/config/directories.ts'
export { defaultOf, kindOf } from '../../../src/config/kinds.ts'
export { loadConfig, loadProject, secretNames } from '../../../src/config/load.ts'
export { projectNameProblem } from '../../../src/config/project-name.ts'
export { parseSecrets } from '../../../src/config/secrets-output.ts'
export { readEnvFile } from '../../../src/config/sources.ts'
export {
  descriptionOf,
  groups,
  settingsSchema,
  settingsSchema as toolkitSettings,
  type VariableName,
  variableNames,
} from '../../../src/config/variables.ts'
export { setVariables } from '../../../src/configure/env-file.ts'
export {
  arm,
  backup,
  backupTypes,
  type Condition,
  check,
  contents,
  deleteArchive,
  diff,
  drill,
  type Exported,
  exportBackup,
  firstRows,
  folder,
  list,
  type Overview,
  type Previewed,
  pinArchive,
  preview,
  previewRollback,
  projects as configuredProjects,
  RunError,
  type RunEvent,
  type RunReport,
  restore,
  resume,
  retentionPlan,
  rollback,
  runEventSchema,
  runReportSchema,
  unpinArchive,
  type Verified,
  verify,
  verifyRepository,
} from '../../../src/index.ts'
export {
  contentsSchema,
  diffSchema,
  exportedSchema,
  firstRowsSchema,
  folderSchema,
  previewedSchema,
  retentionPlanSchema,
  sourcesSchema,
  verifiedSchema,
} from '../../../src/library/answers.ts'
export { pingAddress } from '../../../src/notify/healthchecks.ts'
export { sendMail } from '../../../src/notify/mail.ts'
export { discordBody, slackBody } from '../../../src/notify/webhook.ts'
export { isConfigured, projectReference, settingsWith } from '../../../src/project/settings.ts'
export { crashedRun, livingRun } from '../../../src/report/begun.ts'
export { overviewOf, overviewSchema } from '../../../src/report/overview.ts'
export { errorReportSchema, reportSchemaVersion } from '../../../src/report/schema.ts'
export { emptyStatus, lastRuns, type Status } from '../../../src/report/status.ts'
export { loadStatus } from '../../../src/report/store.ts'
export { nextRuns, parseTimestamp } from '../../../src/report/timers.ts'
export { parseArchiveName } from '../../../src/retention/archives.ts'
export { isAlive, readRunFile } from '../../../src/run/facts.ts'
