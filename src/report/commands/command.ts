import { type ParseArgsConfig, parseArgs } from 'node:util'
import { BackupError, ExitCode } from '../../common/errors.ts'
import type { Log } from '../../common/log.ts'
import type { Publisher } from '../publisher.ts'
import { type RunKind, runKinds } from '../schema.ts'

export interface CommandContext {
  args: string[]
  environment: NodeJS.ProcessEnv
  log: Log
  /** Loaded where there is something to tell. */
  publisher(): Promise<Publisher>
  /** Writes to stdout. */
  print(text: string): void
}

/** One verb of report.ts; returns the exit code. */
export type Command = (context: CommandContext) => Promise<number>

/** The flags of a command as strings and booleans. Wrong ones are a usage error (exit code 2). */
export function parseFlags<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error))
  }
}

/** A required flag's value. */
export function required(value: string | undefined, flag: string): string {
  if (value === undefined || value === '') throw usageError(`--${flag} is missing.`)
  return value
}

/** The value of --kind. */
export function runKind(value: string | undefined): RunKind {
  const kind = runKinds.find((known) => known === value)
  if (kind === undefined) throw usageError(`--kind must be one of ${runKinds.join(', ')}.`)
  return kind
}

export function usageError(message: string): BackupError {
  return new BackupError({
    code: 'USAGE',
    message,
    suggestion: "See the head of the command's file for its flags.",
    phase: 'report',
    exitCode: ExitCode.usage,
  })
}
