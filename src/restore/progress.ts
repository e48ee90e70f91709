import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import { writeFileAtomic } from '../common/files.ts'

import { componentResultSchema } from '../common/manifest.ts'
import { readState } from '../common/state-file.ts'
import { weakeningSchema } from '../database/restore/weakened.ts'
import { scopeSchema } from '../storage/catalogue/rows.ts'

/** What a restore has done. */
const doneSchema = z.object({
  /** The transaction that restores the database, from the moment before it is committed. */
  transaction: z.string().nullable(),
  /** What of the database did not come back as the backup has it, which the comparison is told. */
  weakened: z.array(weakeningSchema).default([]),
  /** Whether the restored rows of Storage were told which bytes the target has. */
  rowsReconciled: z.boolean(),
  /** Of the components that are restored. */
  results: z.array(componentResultSchema),
})

/** The version of progress.json. */
const stateVersion = 1

const stateSchema = doneSchema.extend({
  schema: z.literal(stateVersion),
  /** The run that made the backup: a restore is resumed from the same one. */
  backupRunId: z.string(),
  /** The archive's name, `Local` or `Extract`. */
  source: z.string(),
  /** The target's reference. */
  target: z.string(),
  components: z.array(z.string()),
  /** What was asked for: to be finished as it was begun. */
  asked: z.object({
    scope: scopeSchema,
    keepExtra: z.boolean(),
    arm: z.boolean(),
    batches: z.boolean(),
    rollback: z.boolean().default(false),
  }),
})

type Done = z.infer<typeof doneSchema>
export type RestoreState = z.infer<typeof stateSchema>

/** How far a restore has come. */
export interface RestoreProgress {
  readonly done: Readonly<Done>
  /** Folder for what the steps after the database need to know of the target as it was before. */
  observed: string
  /** Notes what has just been done. */
  note(done: Partial<Done>): Promise<void>
}

/** Whether a component is restored. */
export function isRestored({ done }: RestoreProgress, component: string): boolean {
  return done.results.some((result) => result.component === component)
}

const nothingDone = (): Done => ({ transaction: null, weakened: [], rowsReconciled: false, results: [] })

/** Of a restore that is not resumed: its target is thrown away, or emptied by the next drill. */
export function passingProgress(observed: string): RestoreProgress {
  const done = nothingDone()
  return { done, observed, note: async (more) => void Object.assign(done, more) }
}

/**
 * Begins to keep how far a restore has come, in the project's state directory, so that it can be resumed even after its
 * process was killed. What an earlier restore left there is forgotten.
 */
export async function beginProgress(
  stateDirectory: string,
  about: Omit<RestoreState, keyof Done | 'schema'>,
): Promise<RestoreProgress> {
  await forgetProgress(stateDirectory)
  await mkdir(folderIn(stateDirectory), { recursive: true, mode: 0o700 })
  const progress = continueProgress(stateDirectory, {
    schema: stateVersion,
    ...about,
    ...nothingDone(),
  })
  await progress.note({})
  return progress
}

/** Goes on keeping it. */
export function continueProgress(stateDirectory: string, state: RestoreState): RestoreProgress {
  return {
    done: state,
    observed: join(folderIn(stateDirectory), 'observed'),
    async note(more) {
      Object.assign(state, more)
      await writeFileAtomic(stateFile(stateDirectory), `${JSON.stringify(state, null, 2)}\n`)
    },
  }
}

/**
 * What the last restore over a target left to be finished.
 * @throws BackupError NOTHING_TO_RESUME; STATE_DAMAGED or STATE_TOO_NEW when it cannot be read
 */
export async function readProgress(stateDirectory: string): Promise<RestoreState> {
  const state = await readState(stateFile(stateDirectory), stateSchema, stateVersion)
  if (state === undefined)
    throw nothingToResume('No restore of this project broke off: the last one ended well, or never began.')
  return state
}

/** The restore has ended well, or there is nothing of it to be finished. */
export async function forgetProgress(stateDirectory: string): Promise<void> {
  await rm(folderIn(stateDirectory), { recursive: true, force: true })
}

export function nothingToResume(message: string): BackupError {
  return new BackupError({
    code: 'NOTHING_TO_RESUME',
    message,
    suggestion: 'Start a restore from its beginning: restore.sh without --resume.',
    phase: 'restore/resume',
    exitCode: ExitCode.usage,
  })
}

function folderIn(stateDirectory: string): string {
  return join(stateDirectory, 'restore')
}

function stateFile(stateDirectory: string): string {
  return join(folderIn(stateDirectory), 'progress.json')
}
