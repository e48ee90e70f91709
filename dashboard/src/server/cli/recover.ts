import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { openWith } from '../crypto/passphrase-box.ts'
import { lockDirectory } from '../db/directory-lock.ts'
import { Problem } from '../problem.ts'
import { backupContentSchema } from '../services/own-backup.ts'
import { type CommandLine, usageProblem } from './arguments.ts'

/**
 * Puts a dashboard back from its own backup into a directory that has none; the passphrase comes on stdin.
 * @throws Problem USAGE, RECOVER_OCCUPIED, PASSPHRASE_WRONG, BACKUP_UNREADABLE, DASHBOARD_RUNNING: then nothing is changed
 */
export async function recoverCommand({ directory, from }: CommandLine): Promise<string> {
  if (from === undefined) throw usageProblem('--from FILE is missing.')
  if (!existsSync(from)) throw usageProblem(`There is no file ${from}.`)
  const unlock = lockDirectory(directory)
  try {
    for (const name of ['dashboard.sqlite', 'key'])
      if (existsSync(join(directory, name))) throw occupied(directory, name)
    if (process.stdin.isTTY) process.stderr.write('Recovery passphrase (it is shown as you type): ')
    const passphrase = (await text(process.stdin)).split('\n')[0] ?? ''
    const opened = gunzipSync(openWith(passphrase, readFileSync(from))).toString('utf8')
    const { made, files } = backupContentSchema.parse(JSON.parse(opened))
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // The key first: a database whose key is missing says that it is lost.
    if (files.key !== null) put(directory, 'key', files.key)
    put(directory, 'dashboard.sqlite', files['dashboard.sqlite'])
    const key = files.key === null ? ' Its key was systemd’s: put that back too.' : ''
    return `The dashboard of ${made} is back in ${directory}.${key} Start it: npm run dashboard. What projects did since then it reads from their files.`
  } finally {
    unlock()
  }
}

function put(directory: string, name: string, content: string): void {
  const path = join(directory, name)
  writeFileSync(`${path}.new`, Buffer.from(content, 'base64'), { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

function occupied(directory: string, name: string): Problem {
  return new Problem({
    status: 409,
    code: 'RECOVER_OCCUPIED',
    message: `There is a dashboard in ${directory} already: ${name}.`,
    suggestion: `Put it aside first: mv '${directory}' '${directory}.before'; or recover into another directory: --directory DIR.`,
  })
}
