import { openSync } from 'node:fs'
import { WriteStream } from 'node:tty'
import { BackupError, ExitCode } from '../common/errors.ts'

/** Where prompts are read and drawn. Never stdout: that is for the document. */
export interface Terminal {
  input: NodeJS.ReadStream
  output: WriteStream
  /** Width in characters. */
  columns: number
  /** Lines that a list may take without scrolling the question away. */
  listLines: number
}

const fallbackColumns = 80
const fallbackRows = 24
/** The question, a help line, an error and a description around a list. */
const linesAroundList = 6

/**
 * The terminal that the operator sits at. stderr may be on its way to a log, so the prompts then go to /dev/tty.
 * @param flag what would have answered the question
 * @throws BackupError NO_TERMINAL when stdin is none: prompts would wait for ever or take any input for an answer
 */
export function openTerminal(flag?: string): Terminal {
  if (!process.stdin.isTTY)
    throw new BackupError({
      code: 'NO_TERMINAL',
      message: `There is a question to answer, but no terminal to ask it on, or --yes says to ask nothing${flag === undefined ? '' : `: ${flag} is not given`}.`,
      suggestion: 'Give everything as flags (restore.sh --help lists them), or start it from a terminal.',
      phase: 'interactive',
      exitCode: ExitCode.usage,
    })
  const output = process.stderr.isTTY ? process.stderr : new WriteStream(openSync('/dev/tty', 'w'))
  return {
    input: process.stdin,
    output,
    columns: output.columns || fallbackColumns,
    listLines: Math.max(3, (output.rows || fallbackRows) - linesAroundList),
  }
}

/**
 * Awaits a prompt's answer. Ctrl-C and a closed terminal end the command.
 * @throws BackupError INTERRUPTED, exit code 130
 */
export async function answer<Value>(prompt: Promise<Value>): Promise<Value> {
  try {
    return await prompt
  } catch (error) {
    if (!(error instanceof Error) || !['ExitPromptError', 'AbortPromptError'].includes(error.name))
      throw error
    throw new BackupError({
      code: 'INTERRUPTED',
      message: 'Interrupted at a question; nothing was changed.',
      suggestion: 'Start it again when you are ready.',
      phase: 'interactive',
      exitCode: ExitCode.interrupted,
    })
  }
}
