import { realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'

/**
 * What is wrong with a repository's place beyond its form; undefined where nothing is. It becomes an argument of Borg and of ssh, or a
 * directory that is written to.
 * @param kept directories that no repository may be in: those of the dashboard and of the projects' configuration
 */
export async function repositoryProblem(
  repository: string,
  kept: readonly string[],
): Promise<string | undefined> {
  if (repository.replace(/\[[0-9a-f:]*\]/i, '').includes('::'))
    return 'names an archive; a repository has no ::'
  return repository.startsWith('/') ? directoryProblem(repository, kept) : remoteProblem(repository)
}

/**
 * What is wrong with a directory that is written to; undefined where nothing is.
 * @param kept directories that it may not be in
 */
export async function directoryProblem(path: string, kept: readonly string[]): Promise<string | undefined> {
  if (!path.startsWith('/') || path.split('/').includes('..')) return 'must be a path without ..'
  const place = await existing(path)
  const others = await Promise.all(kept.map(existing))
  if (others.some((other) => `${place}${sep}`.startsWith(`${other}${sep}`)))
    return 'must not be where the dashboard or the projects keep their own'
  return undefined
}

function remoteProblem(repository: string): string | undefined {
  const isSsh = /^ssh:\/\/(?:[\w.][\w.-]*@)?(?:\[[0-9a-f:]+\]|[\w.][\w.-]*)(?::\d{1,5})?\/\S*$/i.test(
    repository,
  )
  const isShort = /^(?:[\w.][\w.-]*@)[\w.][\w.-]*:[^\s:-]\S*$/.test(repository)
  return isSsh || isShort ? undefined : 'must be an absolute path or ssh://user@host/path'
}

/** Whether one of the directories lies in another one, so that what is made there could get into it. */
export async function holdsOneOf(path: string, others: readonly string[]): Promise<boolean> {
  const place = (await existing(path)).replace(/\/$/, '')
  const found = await Promise.all(others.map(existing))
  return found.some((other) => other.startsWith(`${place}${sep}`))
}

/** The path with what of it exists resolved: a link may lead elsewhere. */
async function existing(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined)
  if (real !== undefined || path === dirname(path)) return real ?? path
  return join(await existing(dirname(path)), path.slice(dirname(path).length))
}
