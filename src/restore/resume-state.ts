import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError, ExitCode } from '../common/errors.ts'
import { writeFileAtomic } from '../common/files.ts'
import { componentResultSchema } from '../common/manifest.ts'
import { readState } from '../common/state-file.ts'
import type { ComponentProgress } from '../components/component.ts'
import { formatOne } from './resume-state-format-1.ts'

/** What a restore has done. */
const doneSchema = z.object({
  /** What each component has noted of itself. */
  states: z.record(z.string(), z.record(z.string(), z.unknown())),
  /** Whether the rows that were replaced tell the truth again, see `KeptRows`. */
  rowsReconciled: z.boolean(),
  /** Of the components that are restored. */
  results: z.array(componentResultSchema),
})

/** The version of progress.json. */
const stateVersion = 2

const flagSchema = z.union([z.string(), z.boolean(), z.array(z.union([z.string(), z.boolean()]))])

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
  asked: z.object({ arm: z.boolean(), rollback: z.boolean(), overSource: z.boolean().default(false) }),
  /** The flags of the components, likewise. */
  flags: z.record(z.string(), flagSchema.optional()),
})

/** What earlier versions wrote is read as well. */
const readSchema = z.preprocess((value) => {
  const old = formatOne.safeParse(value)
  return old.success ? { ...old.data, schema: stateVersion } : value
}, stateSchema)

type Done = z.infer<typeof doneSchema>
export type SavedResumeState = z.infer<typeof stateSchema>

/** How far a restore has come. */
export interface ResumeState {
  readonly done: Readonly<Done>
  /** Folder for what the steps after the database need to know of the target as it was before. */
  observed: string
  /** Notes what has just been done. */
  note(done: Partial<Done>): Promise<void>
}

/** Whether a component is restored. */
export function isRestored({ done }: ResumeState, component: string): boolean {
  return done.results.some((result) => result.component === component)
}

/** A component's part of it. @param inTransaction see `ComponentProgress` */
export function progressIn(
  resumeState: ResumeState,
  component: string,
  inTransaction = '',
): ComponentProgress {
  const own = () => resumeState.done.states[component] ?? {}
  return {
    inTransaction,
    get state() {
      return own()
    },
    note: (more) =>
      resumeState.note({ states: { ...resumeState.done.states, [component]: { ...own(), ...more } } }),
  }
}

/** The folder of one component; a restore that was begun in format 1 has all in one. */
export function observedBy(observed: string, component: string): string {
  const isOfFormatOne = existsSync(join(observed, 'index.json'))
  return isOfFormatOne ? observed : join(observed, component)
}

const nothingDone = (): Done => ({ states: {}, rowsReconciled: false, results: [] })

/** For a restore that is not resumed: its target is thrown away, or it is all or nothing. */
export async function withPassingState<Result>(
  work: (resumeState: ResumeState) => Promise<Result>,
): Promise<Result> {
  const observed = await mkdtemp(join(tmpdir(), 'supabase-restore-'))
  const done = nothingDone()
  try {
    return await work({ done, observed, note: async (more) => void Object.assign(done, more) })
  } finally {
    await rm(observed, { recursive: true, force: true })
  }
}

/**
 * Begins to keep how far a restore has come, in the project's state directory, so that it can be resumed even after its
 * process was killed. What an earlier restore left there is forgotten.
 */
export async function beginResumeState(
  stateDirectory: string,
  about: Omit<SavedResumeState, keyof Done | 'schema'>,
): Promise<ResumeState> {
  await forgetResumeState(stateDirectory)
  await mkdir(folderIn(stateDirectory), { recursive: true, mode: 0o700 })
  const resumeState = continueResumeState(stateDirectory, {
    schema: stateVersion,
    ...about,
    ...nothingDone(),
  })
  await resumeState.note({})
  return resumeState
}

/** Goes on keeping it. */
export function continueResumeState(stateDirectory: string, state: SavedResumeState): ResumeState {
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
export async function readResumeState(stateDirectory: string): Promise<SavedResumeState> {
  const state = await readState(stateFile(stateDirectory), readSchema, stateVersion)
  if (state === undefined)
    throw nothingToResume('No restore of this project broke off: the last one ended well, or never began.')
  return state
}

/** The restore has ended well, or there is nothing of it to be finished. */
export async function forgetResumeState(stateDirectory: string): Promise<void> {
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
