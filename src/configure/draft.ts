import { rm } from 'node:fs/promises'
import { BackupError, ExitCode } from '../common/errors.ts'
import { writeFileAtomic } from '../common/files.ts'
import { readEnvFile, type Values } from '../config/sources.ts'
import { setVariables } from './env-file.ts'

/** The answers of a set-up that was interrupted, in a file of their own: the env file may be that of a nightly backup. */
export interface Draft {
  /** What was answered the last time; nothing when the set-up was not interrupted. */
  read(): Promise<Values>
  /**
   * Does the work, and forgets the draft. When the work fails or a signal ends it, at a question or while an answer is being
   * tried, the values are kept as they are then.
   * @throws what the work throws; of an interruption, saying what became of the answers
   */
  keepUnless(work: () => Promise<void>, values: Values): Promise<void>
}

export function openDraft(envFile: string): Draft {
  const path = `${envFile}.answers`
  return {
    read: () => readEnvFile(path, { reading: true }).catch(() => ({})),
    async keepUnless(work, values) {
      const signals = watchSignals()
      try {
        await Promise.race([work(), signals.interrupted])
        await rm(path, { force: true })
      } catch (thrown) {
        await writeFileAtomic(path, setVariables('', values))
        if (!(thrown instanceof BackupError) || thrown.code !== 'INTERRUPTED') throw thrown
        throw new BackupError({
          ...thrown.toJSON(),
          detail: undefined,
          message: `Interrupted. ${envFile} was not changed; the answers so far are kept in ${path}.`,
          suggestion: 'Start it again when you are ready: Enter takes each answer over.',
          exitCode: thrown.exitCode,
        })
      } finally {
        signals.stop()
      }
    },
  }
}

/** At a question the terminal gives Ctrl-C as a key; at all other times it is a signal, as is the end of the terminal. */
function watchSignals(): { interrupted: Promise<never>; stop(): void } {
  const { promise: interrupted, reject } = Promise.withResolvers<never>()
  // When the work has ended, nobody waits for it any more.
  interrupted.catch(() => {})
  const tell = (signal: NodeJS.Signals) =>
    reject(
      new BackupError({
        code: 'INTERRUPTED',
        message: 'Interrupted.',
        suggestion: 'Start it again when you are ready.',
        phase: 'configure',
        exitCode: signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.terminated,
      }),
    )
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, tell)
  const stop = () => {
    for (const signal of signals) process.off(signal, tell)
  }
  return { interrupted, stop }
}
