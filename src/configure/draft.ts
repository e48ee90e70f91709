import { rm } from 'node:fs/promises'
import { BackupError } from '../common/errors.ts'
import { writeFileAtomic } from '../common/files.ts'
import { readEnvFile, type Values } from '../config/sources.ts'
import { setVariables } from './env-file.ts'

/** The answers of a set-up that was interrupted, in a file of their own: the env file may be that of a nightly backup. */
export interface Draft {
  /** What was answered the last time; nothing when the set-up was not interrupted. */
  read(): Promise<Values>
  /**
   * Does the work, and forgets the draft; when it is interrupted, keeps the values as they are then.
   * @throws what the work throws, saying what became of the answers
   */
  keepUnless(work: () => Promise<void>, values: Values): Promise<void>
}

export function openDraft(envFile: string): Draft {
  const path = `${envFile}.answers`
  return {
    read: () => readEnvFile(path, { reading: true }).catch(() => ({})),
    async keepUnless(work, values) {
      try {
        await work()
        await rm(path, { force: true })
      } catch (thrown) {
        if (!(thrown instanceof BackupError) || thrown.code !== 'INTERRUPTED') throw thrown
        await writeFileAtomic(path, setVariables('', values))
        throw new BackupError({
          ...thrown.toJSON(),
          detail: undefined,
          message: `Interrupted at a question. ${envFile} was not changed; the answers so far are kept in ${path}.`,
          suggestion: 'Start it again when you are ready: Enter takes each answer over.',
          exitCode: thrown.exitCode,
        })
      }
    },
  }
}
