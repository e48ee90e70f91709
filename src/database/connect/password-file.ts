import { chmodSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { BackupError, ExitCode } from '../../common/errors.ts'
import { guardDirectory } from '../../common/guard.ts'

/** Passwords for libpq's programs, in a file that nobody else may read: an environment is shown by ps and /proc. */
export interface PasswordFile {
  /**
   * Puts the password of a program's environment (PGPASSWORD) into the file, in place of one for the same user and server.
   * @returns the environment that names the file instead, and the directory that the file lies in; undefined without a password
   * @throws BackupError DB_PASSWORD_UNSUITABLE of one that no such file can hold
   */
  take(env: Record<string, string>): { env: Record<string, string>; directory: string | undefined }
  remove(): Promise<void>
}

/**
 * A file that is made when it is first needed. It goes with `remove`, and when this process is killed; should the machine itself
 * stop, with the run's directory.
 * @param parent the run's own directory; without it, that of temporary files
 */
export function createPasswordFile(parent = tmpdir()): PasswordFile {
  const lines = new Map<string, string>()
  let directory: string | undefined
  return {
    take({ PGPASSWORD: password = '', ...env }) {
      if (password === '') return { env, directory: undefined }
      directory ??= makeDirectory(parent)
      for (const place of placesOf(env)) lines.set(place, lineOf(place, password))
      const path = join(directory, 'pgpass')
      // Whole or not at all: a program may be reading it.
      writeFileSync(`${path}.new`, [...lines.values()].join(''), { mode: 0o600 })
      renameSync(`${path}.new`, path)
      return { env: { ...env, PGPASSFILE: path }, directory }
    },
    async remove() {
      if (directory === undefined) return
      const gone = directory
      directory = undefined
      lines.clear()
      await rm(gone, { recursive: true, force: true })
    },
  }
}

function makeDirectory(parent: string): string {
  const directory = mkdtempSync(join(parent, 'supabase-passwords-'))
  chmodSync(directory, 0o700)
  guardDirectory(directory)
  return directory
}

/** By host, port, database and user; libpq looks for the socket in its default directory by the name localhost. */
function placesOf(env: Record<string, string>): string[] {
  const { PGHOST: host = '*', PGPORT: port = '*', PGDATABASE: database = '*', PGUSER: user = '*' } = env
  const hosts = isAbsolute(host) ? [host, 'localhost'] : [host]
  return hosts.map((each) => [each, port, database, user].map(escaped).join(':'))
}

function escaped(field: string): string {
  return field.replace(/[\\:]/g, '\\$&')
}

function lineOf(place: string, password: string): string {
  if (!/[\n\r\0]/.test(password)) return `${place}:${escaped(password)}\n`
  throw new BackupError({
    code: 'DB_PASSWORD_UNSUITABLE',
    message: 'The database password holds a line break, which no password file can hold.',
    suggestion:
      'Check the password in SUPABASE_DB_URL or SUPABASE_DB_PASSWORD for one at its end, or give the role another.',
    phase: 'database/connect',
    exitCode: ExitCode.configuration,
  })
}
