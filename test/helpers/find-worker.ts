import { readdir, readFile } from 'node:fs/promises'

/**
 * The process of a worker; undefined where there is none.
 * @param command its script and verb, e.g. `storage.ts backup`; it may be running as it was built
 * @param folder one that its arguments lie in, which tells it from those of others
 */
export async function findWorker(command: string, folder: string): Promise<number | undefined> {
  const [script = '', verb = ''] = command.split('.ts ')
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const given = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    const at = given.indexOf(verb)
    const isOurs =
      new RegExp(`/${script}\\.[jt]s$`).test(given[at - 1] ?? '') && given.join(' ').includes(folder)
    // Not while it is what becomes the worker: setpriv, env.
    if (isOurs && /node$/.test(given[0] ?? '')) return Number(pid)
  }
  return undefined
}
