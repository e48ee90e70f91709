import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { plural } from '../../common/units.ts'
import { readCopyTarget } from '../restore/load-rows.ts'
import type { Contents } from '../rules/contents.ts'
import { readColumnTypes } from './column-types.ts'
import { readCopyRows } from './copy-text.ts'
import { createRowWriter } from './json-row.ts'

/**
 * Writes `auth_users.json`: one JSON list of the rows of auth.users.
 * @returns how many users; undefined where the backup has no such table
 */
export async function exportUserRows(options: {
  dump: string
  contents: Contents
  directory: string
}): Promise<number | undefined> {
  const { dump, contents, directory } = options
  const entry = contents.entries.find(
    ({ desc, namespace, tag }) => desc === 'TABLE DATA' && namespace === 'auth' && tag === 'users',
  )
  if (entry?.file === undefined) return undefined
  const file = join(dump, entry.file)
  const types = await readColumnTypes(contents).of('auth', 'users')
  const { columns } = await readCopyTarget(entry)
  const write = createRowWriter(columns.map((name) => ({ name, type: types.get(name) })))
  let users = 0
  const list = async function* () {
    for await (const row of readCopyRows(file)) {
      yield `${users === 0 ? '[\n' : ',\n'}${write(row)}`
      users += 1
    }
    yield users === 0 ? '[]\n' : '\n]\n'
  }
  await pipeline(list, createWriteStream(join(directory, 'auth_users.json'), { mode: 0o600, flags: 'wx' }))
  return users
}

/** What an export says of them. */
export function usersLine(users: number): string {
  return `${plural(users, 'user')} in auth_users.json, with their password hashes: keep it to yourself`
}
