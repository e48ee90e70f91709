import { z } from 'zod'
import type { Environment } from './directories.ts'
import { settingsSchema } from './variables.ts'

/**
 * Everything a command of the toolkit is told: the validated variables and the places derived from them. What has a default
 * that is built from other values is there by then, and under the same rule as when it is set.
 */
export const configSchema = settingsSchema
  .required({ PROJECT_NAME: true, LOCAL_BACKUP_DIR: true, BORG_EXTRACT_DIR: true, HOOKS_DIR: true })
  .extend({
    ENV_FILE: z.string(),
    STATE_DIR: z.string(),
    RUNS_DIR: z.string(),
    LOG_DIR: z.string(),
    LOCK_FILE: z.string(),
    /** What the steps of a run hand to each other, and what is gone with it; of a worker that a run started. */
    RUN_DIRECTORY: z.string().optional(),
  })
export type Config = z.output<typeof configSchema> & {
  /** All that the worker was started with: what programs need of it (PATH, HOME), and the target of a restore. */
  readonly environment: Environment
}
