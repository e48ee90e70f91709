import { randomUUID } from 'node:crypto'
import { link, lstat, mkdir, readFile, realpath, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fingerprintOf } from '../../ingest/read-project.ts'
import { Problem } from '../../problem.ts'
import { configurationDirectories, type Environment, writeFileAtomic } from '../../toolkit.ts'

/** Where a new project's env file is made. @param name by the toolkit's rules a name, so no path */
export function placeOfNew(name: string, environment: Environment): string {
  const [directory = ''] = configurationDirectories(environment)
  return join(directory, `${name}.env`)
}

/**
 * Makes a project's env file, mode 0600. It appears whole, and takes no other's place.
 * @throws Problem PROJECT_EXISTS
 */
export async function makeEnvFile(path: string, text: string): Promise<void> {
  const directory = dirname(path)
  const name = basename(path, '.env')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const unfinished = join(directory, `.${name}.${randomUUID()}`)
  try {
    await writeFile(unfinished, text, { mode: 0o600, flag: 'wx' })
    await link(unfinished, path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw projectExists(name)
    throw error
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** @throws Problem PROJECT_EXISTS where any configuration directory has an env file of that name */
export async function requireFreeName(name: string, environment: Environment): Promise<void> {
  for (const directory of configurationDirectories(environment))
    if ((await fingerprintOf(join(directory, `${name}.env`))) !== '') throw projectExists(name)
}

/** An env file as it is now, to be changed. */
export interface OpenEnvFile {
  path: string
  text: string
  /** Changes with the file. */
  fingerprint: string
}

/** @throws Problem ENV_FILE_NOT_OURS where it belongs to somebody else, or is gone */
export async function openEnvFile(place: string): Promise<OpenEnvFile> {
  // Of a link the file that it leads to is changed.
  const path = await realpath(place).catch(() => place)
  const fingerprint = await fingerprintOf(path)
  const found = await stat(path).catch(() => undefined)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined || found === undefined || found.uid !== process.geteuid?.()) throw notOurs(path)
  return { path, text, fingerprint }
}

/**
 * Puts another text in its place, unless it has changed meanwhile.
 * @param before what is done at the last moment before
 * @throws Problem ENV_FILE_CHANGED
 */
export async function replaceEnvFile(file: OpenEnvFile, text: string, before: () => void): Promise<void> {
  if ((await fingerprintOf(file.path)) !== file.fingerprint)
    throw new Problem({
      status: 409,
      code: 'ENV_FILE_CHANGED',
      message: 'The env file was changed by somebody else meanwhile.',
      suggestion: 'Load the settings again, and make your changes to what is there now.',
    })
  before()
  if (text !== file.text) await writeFileAtomic(file.path, text)
}

/**
 * Takes an env file out of its place, where it is a project's no more, and keeps it below, by the name that its archives have.
 * @returns where it is now
 */
export async function setAside(path: string, now = new Date()): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-')
  const directory = join(dirname(path), 'removed', `${basename(path, '.env')}-${stamp}`)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const kept = join(directory, basename(path))
  await moveOver(path, kept)
  return kept
}

/** Puts one back that was set aside. @throws Problem PROJECT_EXISTS where another has its place meanwhile, ENV_FILE_NOT_OURS where it is gone */
export async function putBack(kept: string, path: string): Promise<void> {
  await moveOver(kept, path)
  await rmdir(dirname(kept)).catch(() => {})
}

/** Moves a file to where none is; of a link, what it leads to stays the same. */
async function moveOver(from: string, to: string): Promise<void> {
  try {
    if ((await lstat(from)).isSymbolicLink()) await symlink(await realpath(from), to)
    else await link(from, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw projectExists(basename(to, '.env'))
    if (code === 'ENOENT') throw notOurs(from)
    throw error
  }
  await rm(from)
}

/** Whether a file is one that the scripts find by themselves. */
export function isInPlace(path: string, environment: Environment): boolean {
  return configurationDirectories(environment).includes(dirname(path))
}

function notOurs(path: string): Problem {
  return new Problem({
    status: 409,
    code: 'ENV_FILE_NOT_OURS',
    message: `The env file ${path} is gone, or belongs to another user than the dashboard's.`,
    suggestion: 'Change it by hand, as its owner.',
  })
}

export function projectExists(name: string): Problem {
  return new Problem({
    status: 409,
    code: 'PROJECT_EXISTS',
    message: `There is a project ${name} already.`,
    suggestion: 'Choose another name, or change the settings of that one.',
  })
}
