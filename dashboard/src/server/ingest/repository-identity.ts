import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'

/**
 * Which repository it is, without saying where: the same for projects that share one, however each writes its place. A directory is
 * looked up, as a link may lead to it.
 */
export async function repositoryIdentity(repository: string): Promise<string> {
  return createHash('sha256')
    .update(await placeOf(repository))
    .digest('hex')
    .slice(0, 16)
}

/** `user@host:path` is what ssh://user@host/./path says, and 22 the port that need not be said. */
async function placeOf(repository: string): Promise<string> {
  const plain = repository.replace(/\/+$/, '')
  if (plain.startsWith('/')) return realpath(plain).catch(() => plain)
  const url = /^ssh:\/\/([^/]+)(\/.*)?$/i.exec(plain)
  const [, place = '', path = ''] = url ?? /^([^/:]+):(.*)$/.exec(plain) ?? []
  if (place === '') return plain
  const isAbsolute = url !== null || path.startsWith('/')
  const host = place
    .replace(/^([^:@]*):[^@]*@/, '$1@')
    .replace(/:22$/, '')
    .replace(/[^@]*$/, (name) => name.toLowerCase())
  return `ssh://${host}${isAbsolute ? path : `/./${path}`}`
}
