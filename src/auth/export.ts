import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { readJsonl, writeLines } from '../common/jsonl.ts'
import { plural } from '../common/units.ts'
import type { ComponentExport, ExportContext } from '../components/component.ts'
import { userLineSchema, usersPath } from './users/layout.ts'

/** Writes `auth_users.json`, one list of the users as the admin API told of them; that of a database's rows has more, and stays. */
export async function exportUsers({ generation, directory }: ExportContext): Promise<ComponentExport> {
  const name = await access(join(directory, 'auth_users.json')).then(
    () => 'auth_users_of_the_api.json',
    () => 'auth_users.json',
  )
  let users = 0
  async function* list() {
    for await (const { user } of readJsonl(usersPath(generation), (value) => userLineSchema.parse(value))) {
      yield `${users === 0 ? '[' : ','}${JSON.stringify(user)}`
      users += 1
    }
    yield users === 0 ? '[]' : ']'
  }
  await writeLines(join(directory, name), list())
  return {
    metadata: { users, file: name },
    document: { apiUsers: users },
    lines: [`${plural(users, 'user')} in ${name}, without passwords, which the admin API does not tell`],
    status: 'complete',
  }
}
