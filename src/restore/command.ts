import type { WorkerContext } from '../common/worker.ts'
import type { ComponentFlags } from '../components/component.ts'
import type { Config } from '../config/load.ts'
import type { DatabasePart } from '../database/restore/part.ts'
import { partFlags } from '../database/restore/part-flags.ts'
import type { Scope } from '../storage/catalogue/rows.ts'
import { scopeFlags } from '../storage/catalogue/scope-flags.ts'

/** What every verb of the restore worker is given. */
export interface RestoreCommand extends WorkerContext {
  config: Config
  generation: string
  /** Those that were named, else those that the generation holds. */
  components: string[]
  /** What the generation is called: an archive's name, `Local` or `Extract`. */
  source: string
  /** The flags of the components, as they were given. */
  flags: ComponentFlags
  /** The target's reference, given in place of typing it. */
  confirm: string | undefined
  /** No question may be asked. */
  yes: boolean
  /** The target may be the very project that is backed up. */
  overSource: boolean
  /** Cron jobs and webhooks become active, also on a target that is not the project the backup is of. */
  arm: boolean
  /** Database: a part of it; all by default. */
  part: DatabasePart | undefined
  /** Database: in many transactions, for a target whose lock table one does not fit. */
  batches: boolean
  /** Database: entries of the dump to be left out, as reports name them, with what depends on them. */
  leaveOut: string[]
  /** The backup is the target itself as it was: what came since is taken back. */
  rollback: boolean
  /** The archive of the target as it was before, made by this run; empty without one. */
  safetyBackup: string | undefined
  /** Storage: what of it; everything by default. */
  scope: Scope
  /** Storage: objects that the backup does not have stay at the target. */
  keepExtra: boolean
  /** The operator's own check of the restored project, see `runCheckCommand`. */
  checkCommand: string | undefined
  /** Storage: whose bytes are downloaded and compared, see `parseBytesCheck`. */
  verifyBytes: string | undefined
  /** Where plain files go, see `toDirectory` and `exportCommand`. */
  directory: string | undefined
  /** What an export holds of the database: `sql`, `json`, `csv`, separated by commas. */
  formats: string
}

/** The flags of the worker, for `parseArgs`; restore.sh passes its own on. */
export const restoreFlags = {
  generation: { type: 'string' },
  components: { type: 'string' },
  source: { type: 'string', default: 'Extract' },
  directory: { type: 'string' },
  format: { type: 'string', default: 'sql,json' },
  json: { type: 'boolean', default: false },
  confirm: { type: 'string' },
  yes: { type: 'boolean', default: false },
  arm: { type: 'boolean', default: false },
  'over-source': { type: 'boolean', default: false },
  'run-id': { type: 'string' },
  ...partFlags,
  batches: { type: 'boolean', default: false },
  rollback: { type: 'boolean', default: false },
  'safety-backup': { type: 'string' },
  'leave-out': { type: 'string', multiple: true, default: [] as string[] },
  ...scopeFlags,
  'keep-extra': { type: 'boolean', default: false },
  'check-cmd': { type: 'string' },
  'verify-bytes': { type: 'string' },
} as const
