import type { Stats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { configurationError } from './problem.ts'

/** What a command that is about to be run may name: a program, or the script that an interpreter is given. */
const interpreters = /(?:^|\/)(?:sh|bash|dash|zsh|python3?|perl|node|ruby)$/

/**
 * Refuses a file whose contents are run, or decide what is run, when anybody else could have written them: it, its directory
 * and all directories above must belong to us or root, and the file and its directory be writable by their owner only.
 * Above that, a directory may be writable by the owner's own group, or by all where nobody can rename what is another's (/tmp).
 * @throws BackupError FILE_NOT_TRUSTED with the command that mends it
 */
export async function requireTrusted(path: string, what: string): Promise<void> {
  const real = await realpath(path).catch(() => path)
  for (const [index, place] of [real, ...parents(real), ...parents(path).slice(0, 1)].entries()) {
    const found = await stat(place).catch(() => undefined)
    // What is not there is nobody's; a pipe that a shell made has no place that could be another's.
    if (found === undefined || (index === 0 && !found.isFile() && !found.isDirectory())) return
    const isNear = index < 2 || place === dirname(path)
    refuse(place, found, { what, path, isNear })
  }
}

/** The same for the programs and scripts that a shell command names by their full paths. */
export async function requireTrustedCommand(command: string, what: string): Promise<void> {
  const words = command.match(/[^\s'"|&;<>()`$]+/g) ?? []
  for (const [index, word] of words.entries()) {
    if (!word.startsWith('/')) continue
    const found = await stat(word).catch(() => undefined)
    const isRun = ((found?.mode ?? 0) & 0o111) !== 0 || interpreters.test(words[index - 1] ?? '')
    if (found?.isFile() && isRun) await requireTrusted(word, what)
  }
}

/** The directories above a path, the nearest first. */
function parents(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...parents(parent)]
}

function refuse(place: string, found: Stats, about: { what: string; path: string; isNear: boolean }): void {
  const { what, path, isNear } = about
  const own = process.geteuid?.() ?? 0
  const where = place === path ? `${what} ${path}` : `${place}, in which ${what} ${path} lies,`
  if (found.uid !== own && found.uid !== 0)
    throw untrusted(
      `${where} belongs to another user (number ${found.uid}), who could have anything run with this user's rights.`,
      `Look at what it holds, then run: ${own === 0 ? '' : 'sudo '}chown ${own} ${quoted(place)}; or run the command as its owner.`,
    )
  const isSticky = (found.mode & 0o1000) !== 0 && found.isDirectory()
  const group = !isNear && (found.gid === (process.getegid?.() ?? 0) || found.gid === 0) ? 0 : 0o020
  if (isSticky || (found.mode & (0o002 | group)) === 0) return
  throw untrusted(
    `${where} may be written by ${(found.mode & 0o002) !== 0 ? 'every user of this machine' : 'a group'}, who could have anything run with this user's rights.`,
    `Look at what it holds, then run: chmod go-w ${quoted(place)}`,
  )
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`
}

function untrusted(message: string, suggestion: string) {
  return configurationError({ code: 'FILE_NOT_TRUSTED', message, suggestion })
}
