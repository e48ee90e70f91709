import type { BackupType } from '../common/partial.ts'

/** Which project, and in which surroundings. */
export interface ProjectOptions {
  /** The project that this env file describes. */
  envFile?: string | undefined
  /** The project of NAME.env in the configuration directory. */
  project?: string | undefined
  /**
   * Variables for the script besides those of this process; undefined takes one away. A setting here goes before the env file's:
   * this, or the env file, is the place for secrets, which no argument of a program may hold.
   */
  environment?: Record<string, string | undefined> | undefined
  /** Interrupts: the script gets SIGTERM, and the result comes when it has tidied up and ended. */
  signal?: AbortSignal | undefined
  /** Gets every line of the log. */
  log?: ((line: string) => void) | undefined
}

/** The options with this process's environment, which the script gets too. */
export function inProcess<Options extends ProjectOptions>(options: Options): Options {
  return { ...options, environment: { ...process.env, ...options.environment } }
}

export interface RunOptions extends ProjectOptions {
  /** The run's id, 8 to 64 letters, digits and hyphens, which no run had before; a UUID is made where there is none. */
  runId?: string | undefined
  /** The run gets a session of its own: what ends this program's, such as Ctrl-C in its terminal, does not reach it. */
  detached?: boolean | undefined
}

/** Parts of Storage. */
interface ObjectOptions {
  buckets?: readonly string[] | undefined
  /** Objects whose names begin so. */
  prefixes?: readonly string[] | undefined
  /** Each BUCKET/KEY. */
  objects?: readonly string[] | undefined
}

const objectFlags = { buckets: '--bucket', prefixes: '--prefix', objects: '--object' } as const

export interface BackupOptions extends RunOptions, ObjectOptions {
  /** Only these components; the others stay those of the run before. */
  only?: readonly string[] | undefined
  /** All components but these. */
  skip?: readonly string[] | undefined
  /** The project really holds so much less than before. */
  acceptShrink?: boolean | undefined
  /**
   * What of the database: `full` by default. With any other, with `schemas` or `excludeTables` it is a partial backup: of the database
   * alone unless `only` names more, an archive of its own, and its report is of the kind `partial`.
   */
  type?: BackupType | undefined
  /** Of the database only these schemas. */
  schemas?: readonly string[] | undefined
  /** Of the database not the tables, views and sequences that match these patterns, written as for pg_dump. */
  excludeTables?: readonly string[] | undefined
}

export const backupFlags: Flags<BackupOptions> = {
  ...objectFlags,
  type: '--type',
  schemas: '--schema',
  excludeTables: '--exclude-table',
  only: '--only,',
  skip: '--skip,',
  acceptShrink: '--accept-shrink',
}

/** Of which backup: an archive's name, `latest`, `Local` or `Extract`. */
interface SourceOptions {
  archive?: string | undefined
  only?: readonly string[] | undefined
}

/** How the result is compared with the backup. */
interface ProofOptions {
  /** Downloads and compares objects: `all`, a share like `5%`, or a part by week like `week/8`. */
  verifyBytes?: string | undefined
  /** A check of the caller's own, a command for the shell. */
  checkCommand?: string | undefined
}

const sourceFlags = { archive: '--archive', only: '--only,' } as const
const proofFlags = { verifyBytes: '--verify-bytes', checkCommand: '--check-cmd' } as const

/** Which target, and that it is meant. */
interface TargetOptions {
  /** `test`, or the name of another configured project. */
  target: string
  /** The target may be the very project that is backed up. */
  overSource?: boolean | undefined
}

interface ConfirmedOptions extends TargetOptions {
  /** The target's reference in full: whoever gives it has seen what is restored over. */
  confirm: string
}

/** How a target is restored. */
interface ChangeOptions {
  /** Cron jobs and webhooks become active. */
  arm?: boolean | undefined
  /** Entries of the database to leave out, as messages and reports name them. */
  leaveOut?: readonly string[] | undefined
  /** The database statement by statement. */
  batches?: boolean | undefined
}

/** Which part of a backup is restored, and what of the target stays. */
interface PartOptions {
  /** Of the database only these schemas. */
  schemas?: readonly string[] | undefined
  /** Of the database only these tables or views, each SCHEMA.NAME as in SQL. */
  tables?: readonly string[] | undefined
  /** Only their rows. */
  dataOnly?: boolean | undefined
  /** Only their definitions. */
  schemaOnly?: boolean | undefined
  /** The chosen schema beside what is there, under another name. */
  intoSchema?: string | undefined
  /** Of the settings only these, as a preview names them, or those of one route. */
  settings?: readonly string[] | undefined
  /** Objects and functions that the backup does not have stay. */
  keepExtra?: boolean | undefined
  /** With `only: ['auth']`: users of the target that are not as in the backup are made so. */
  updateUsers?: boolean | undefined
}

const targetFlags = { target: '--target', overSource: '--over-source' } as const
const confirmedFlags = { ...targetFlags, confirm: '--confirm' } as const
const changeFlags = { arm: '--arm', leaveOut: '--leave-out', batches: '--batches' } as const
const partFlags = {
  schemas: '--schema',
  tables: '--table',
  dataOnly: '--data-only',
  schemaOnly: '--schema-only',
  intoSchema: '--into-schema',
  settings: '--setting',
  keepExtra: '--keep-extra',
  updateUsers: '--update-users',
} as const

interface SafetyOptions {
  /** The target is not backed up before it is restored over. */
  noSafetyBackup?: boolean | undefined
}

const safetyFlags = { noSafetyBackup: '--no-safety-backup' } as const

export interface RestoreOptions
  extends RunOptions,
    ObjectOptions,
    SourceOptions,
    ConfirmedOptions,
    ChangeOptions,
    PartOptions,
    SafetyOptions,
    ProofOptions {
  archive: string
}

export const restoreFlags: Flags<RestoreOptions> = {
  ...{ ...objectFlags, ...sourceFlags, ...confirmedFlags, ...changeFlags },
  ...{ ...partFlags, ...safetyFlags, ...proofFlags },
}

/** What a restore with these options would change. */
export interface PreviewOptions
  extends ProjectOptions,
    ObjectOptions,
    SourceOptions,
    TargetOptions,
    ChangeOptions,
    PartOptions {
  archive: string
}

export const previewFlags: Flags<PreviewOptions> = {
  ...{ ...objectFlags, ...sourceFlags, ...targetFlags, ...changeFlags, ...partFlags },
}

/** Brings a target back as it was before the last restore over one. */
export interface RollbackOptions
  extends RunOptions,
    Pick<SourceOptions, 'only'>,
    ConfirmedOptions,
    ChangeOptions,
    SafetyOptions,
    ProofOptions {}

export const rollbackFlags: Flags<RollbackOptions> = {
  ...{ only: sourceFlags.only, ...confirmedFlags, ...changeFlags, ...safetyFlags, ...proofFlags },
}

/** What a rollback with these options would change. */
export interface RollbackPreviewOptions
  extends ProjectOptions,
    Pick<SourceOptions, 'only'>,
    TargetOptions,
    ChangeOptions {}

export const rollbackPreviewFlags: Flags<RollbackPreviewOptions> = {
  ...{ only: sourceFlags.only, ...targetFlags, ...changeFlags },
}

/** Finishes the restore that broke off, with the backup and the choices that it had. */
export interface ResumeOptions extends RunOptions, ConfirmedOptions, ProofOptions {}

export const resumeFlags: Flags<ResumeOptions> = { ...confirmedFlags, ...proofFlags }

/** Wakes the cron jobs and webhooks of a target that was restored before. */
export interface ArmOptions extends RunOptions, ConfirmedOptions {}

export const armFlags: Flags<ArmOptions> = { ...confirmedFlags }

export interface VerifyRepositoryOptions extends RunOptions {
  /** Reads and authenticates all data again, which is slow. */
  data?: boolean | undefined
}

export const verifyRepositoryFlags: Flags<VerifyRepositoryOptions> = { data: '--data' }

/** A drill restores into the project of the TEST_SUPABASE_ variables, and empties it first, or into a disposable one. */
export interface DrillOptions extends RunOptions, ObjectOptions, SourceOptions, ProofOptions {}

export const drillFlags: Flags<DrillOptions> = { ...objectFlags, ...sourceFlags, ...proofFlags }

export interface VerifyOptions extends ProjectOptions, ObjectOptions, SourceOptions {}

/** The moment is a backup's, as `archive` names it. */
export interface ContentsOptions extends ProjectOptions {
  archive?: string | undefined
}

export interface FolderOptions extends ContentsOptions {
  bucket: string
  /** The folder, ending in `/`; all of the bucket without. */
  prefix?: string | undefined
}

export interface FirstRowsOptions extends ContentsOptions {
  /** SCHEMA.NAME as in SQL. */
  table: string
}

export const contentsFlags: Flags<ContentsOptions> = { archive: '--archive' }
export const folderFlags: Flags<FolderOptions> = {
  ...{ archive: '--archive', bucket: '--bucket', prefix: '--prefix' },
}
export const firstRowsFlags: Flags<FirstRowsOptions> = { archive: '--archive', table: '--table' }

export interface DiffOptions extends ProjectOptions {
  /** Each an archive's name, `latest`, `Local` or `Extract`. */
  from: string
  to: string
}

export interface ExportOptions extends ProjectOptions, ObjectOptions, SourceOptions {
  /** Below it a dated folder is made. */
  directory: string
  schemas?: readonly string[] | undefined
  tables?: readonly string[] | undefined
  /** Of the database: sql, json, csv. */
  formats?: readonly ('sql' | 'json' | 'csv')[] | undefined
}

export const exportFlags: Flags<ExportOptions> = {
  ...{ ...objectFlags, ...sourceFlags, directory: '--export', formats: '--format,' },
  ...{ schemas: '--schema', tables: '--table' },
}

export const verifyFlags: Flags<VerifyOptions> = { ...objectFlags, ...sourceFlags }

/** The flag of each option that is one; a comma behind it says that its values go into one. */
type Flags<Options> = Record<Exclude<keyof Options, keyof RunOptions>, `--${string}`>

/** The arguments that say the same as options do. */
export function argumentsOf(options: object, flags: Record<string, string>): string[] {
  const given = new Map<string, unknown>(Object.entries(options))
  return Object.entries(flags).flatMap(([name, flag]) => {
    const value = given.get(name)
    if (value === undefined || value === false) return []
    if (value === true) return [flag]
    const values = (Array.isArray(value) ? value : [value]).map(String)
    // Of an empty list nothing is meant, which no flag can say.
    if (flag.endsWith(',')) return [flag.slice(0, -1), values.join(',')]
    return values.flatMap((one) => [flag, one])
  })
}

/** The arguments that choose the project. */
export function projectArguments({ envFile, project }: ProjectOptions): string[] {
  return [
    ...(envFile === undefined ? [] : ['--env-file', envFile]),
    ...(project === undefined ? [] : ['--project', project]),
  ]
}
