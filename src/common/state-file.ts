import { z } from 'zod'
import { BackupError, ExitCode } from './errors.ts'
import { readPlainFile } from './files.ts'

/**
 * Reads a file in which the toolkit remembers something between runs. Each carries the number of its form in `schema`,
 * and a file without one is of the first: what is added later has a default, so that an earlier version's file is read.
 * @param schema what the file holds
 * @param version the newest form that this toolkit reads
 * @returns undefined when there is none
 * @throws BackupError STATE_TOO_NEW when a newer toolkit wrote it; STATE_DAMAGED with the reason as its detail
 */
export async function readState<Output>(
  path: string,
  schema: z.ZodType<Output>,
  version: number,
): Promise<Output | undefined> {
  try {
    const value: unknown = JSON.parse(await readPlainFile(path))
    const { schema: written } = z.looseObject({ schema: z.number().default(1) }).parse(value)
    if (written > version) throw tooNew(path, written, version)
    return schema.parse({ ...Object(value), schema: written })
  } catch (error) {
    if (error instanceof BackupError) throw error
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw damaged(path, error)
  }
}

function tooNew(path: string, written: number, version: number): BackupError {
  return new BackupError({
    code: 'STATE_TOO_NEW',
    message: `${path} was written by a newer toolkit, in form ${written}; this one reads forms up to ${version}, and leaves it alone.`,
    suggestion: 'Upgrade the toolkit again (git pull, then ./install.sh).',
    phase: 'state',
    exitCode: ExitCode.configuration,
  })
}

function damaged(path: string, error: unknown): BackupError {
  return new BackupError({
    code: 'STATE_DAMAGED',
    message: `${path} is damaged.`,
    detail: error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error),
    suggestion: `Put it aside: mv '${path}' '${path}.damaged'`,
    phase: 'state',
  })
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON'
  return error instanceof Error ? error.message : String(error)
}
