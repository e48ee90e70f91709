import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { configurationError } from './problem.ts'
import { requireTrusted } from './trust.ts'

export type Values = Record<string, string>

/**
 * Reads an env file. It is parsed, never run: `$(…)` and `$NAME` are plain text.
 * @param options.reading nothing that it names is run, so it may be another user's
 * @throws BackupError when it is missing, unreadable, open to every user of the machine or theirs, or would be misread.
 */
export async function readEnvFile(path: string, { reading = false } = {}): Promise<Values> {
  const unreadable = (error: NodeJS.ErrnoException) => {
    const missing = error.code === 'ENOENT'
    throw configurationError(
      {
        code: missing ? 'ENV_FILE_MISSING' : 'ENV_FILE_UNREADABLE',
        message: `The env file ${path} ${missing ? 'does not exist' : 'cannot be read'}.`,
        suggestion: missing
          ? 'To be asked for what it says: install.sh --project NAME --configure. Or copy .env.example there, fill it in and chmod 600 it; or name another file with --env-file or --project.'
          : `Check that it is a file of the user who runs the backup: chown "$USER" '${path}' && chmod 600 '${path}'.`,
      },
      missing ? undefined : error.code,
    )
  }
  const content = await readFile(path, 'utf8').catch(unreadable)
  const { mode } = await stat(path).catch(unreadable)
  if ((mode & 0o007) !== 0)
    throw configurationError({
      code: 'ENV_FILE_OPEN',
      message: `The env file ${path} holds keys and passwords, and every user of this machine may read or change it.`,
      suggestion: `Run: chmod 600 '${path}'`,
    })
  if (!reading) await requireTrusted(path, 'The env file')
  refuseUnquotedHash(content, path)
  return parse(content)
}

/** The format cuts an unquoted value at `#`: half a password would be used, and refused by the server. */
function refuseUnquotedHash(content: string, path: string): void {
  for (const [index, line] of content.split('\n').entries()) {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*[^'"`\s#][^\s#]*#/.exec(line)?.[1]
    if (name === undefined) continue
    throw configurationError({
      code: 'ENV_FILE_UNQUOTED_HASH',
      message: `The value of ${name} in line ${index + 1} of ${path} contains a # and is not in quotes: it would be cut there.`,
      suggestion: `Put the value in single quotes: ${name}='…'`,
    })
  }
}

/** The values systemd's LoadCredential= delivers: files named after the variables. */
export async function readCredentials(
  directory: string | undefined,
  names: readonly string[],
  { reading = false } = {},
): Promise<Values> {
  if (directory === undefined) return {}
  const files = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    throw configurationError(
      {
        code: 'CREDENTIALS_UNREADABLE',
        message: `The credentials directory ${directory} cannot be read.`,
        suggestion: 'Check LoadCredential= in the unit, or unset CREDENTIALS_DIRECTORY.',
      },
      error.code,
    )
  })
  const values: Values = {}
  for (const name of names) {
    if (!files.includes(name)) continue
    if (!reading) await requireTrusted(join(directory, name), 'The credential')
    values[name] = (await readFile(join(directory, name), 'utf8')).replace(/\n$/, '')
  }
  return values
}
