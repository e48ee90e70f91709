import type { WorkerContext } from '../common/worker.ts'
import type { ComponentFlags } from '../components/component.ts'
import type { Config } from '../config/config.ts'

/** What every verb of the restore worker is given. */
export interface RestoreCommand extends WorkerContext {
  config: Config
  generation: string
  /** Those that were named, else those that the generation holds; in the order of work. */
  components: string[]
  /** No component was named: it is about all that a backup should have. */
  everything: boolean
  /** The flags of the components, as they were given. */
  flags: ComponentFlags
  /** What the generation is called: an archive's name, `Local` or `Extract`. */
  source: string
  /** The target's reference, given in place of typing it. */
  confirm: string | undefined
  /** No question may be asked. */
  yes: boolean
  /** The target may be the very project that is backed up. */
  overSource: boolean
  /** Cron jobs and webhooks become active, also on a target that is not the project the backup is of. */
  arm: boolean
  /** The backup is the target itself as it was: what came since is taken back. */
  rollback: boolean
  /** The archive of the target as it was before, made by this run; empty without one. */
  safetyBackup: string | undefined
  /** The operator's own check of the restored project, see `runCheckCommand`. */
  checkCommand: string | undefined
  /** Where plain files go, see `toDirectory` and `exportCommand`. */
  directory: string | undefined
  /** What an export holds of the database: `sql`, `json`, `csv`, separated by commas. */
  formats: string
}

/** The worker's own flags, beside those of the components, for `parseArgs`; restore.sh passes its own on. */
export const ownFlags = {
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
  rollback: { type: 'boolean', default: false },
  'safety-backup': { type: 'string' },
  'check-cmd': { type: 'string' },
} as const
