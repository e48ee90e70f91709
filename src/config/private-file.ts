import { readFile, stat } from 'node:fs/promises'
import { BackupError, ExitCode } from '../common/errors.ts'

/** A file of the operator's that holds secrets, and what to say where it cannot be used. */
interface PrivateFile {
  /** The variable that names it. */
  variable: string
  /** What belongs into it, as a thing to do. */
  remedy: string
  code: string
  phase: string
}

/** Reads a file of secrets. @throws BackupError with the code, also where every user of the machine may read it */
export async function readPrivateFile(path: string, about: PrivateFile): Promise<string> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw unusable(path, about, `${error.code}`)
  })
  if ((found.mode & 0o007) !== 0) {
    const why = 'every user of this machine may read or change it'
    throw unusable(path, { ...about, remedy: `Run: chmod 600 '${path}'` }, why)
  }
  return readFile(path, 'utf8')
}

/** What is wrong with such a file. */
export function unusable(
  path: string,
  { variable, remedy, code, phase }: PrivateFile,
  why: string,
): BackupError {
  return new BackupError({
    code,
    message: `${variable}, ${path}, cannot be used: ${why}.`,
    suggestion: remedy,
    phase,
    exitCode: ExitCode.configuration,
  })
}
