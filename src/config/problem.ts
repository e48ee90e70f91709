import { BackupError, ExitCode } from '../common/errors.ts'

/** One thing wrong with the configuration, and what to do about it. */
export interface Problem {
  /** e.g. `CONFIG_KEY_WRONG_ROLE`. */
  code: string
  message: string
  suggestion: string
}

export function configurationError(problem: Problem, detail?: string): BackupError {
  return new BackupError({ ...problem, detail, phase: 'configuration', exitCode: ExitCode.configuration })
}

/** All problems at once, so that nobody mends a file one run at a time. Undefined when there is none. */
export function problemsError(problems: readonly Problem[]): BackupError | undefined {
  const [first, ...others] = problems
  if (first === undefined) return undefined
  if (others.length === 0) return configurationError(first)
  return configurationError({
    code: 'CONFIG_INVALID',
    message: `${problems.length} things are wrong with the configuration.`,
    suggestion: problems.map((problem) => `${problem.message} ${problem.suggestion}`).join(' '),
  })
}
