import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonText } from '../common/json-text.ts'
import { readJsonl, writeLines } from '../common/jsonl.ts'
import { plural } from '../common/units.ts'
import type { ComponentExport, ExportContext } from '../components/component.ts'
import { refuseOtherEncoding } from '../database/export/encoding.ts'
import { exportUserRows, usersLine } from '../database/export/users.ts'
import { readContents } from '../database/rules/contents.ts'
import { hasUsersFile, userLineSchema, usersPath } from './users/layout.ts'
import { rowsMissing } from './users/rows.ts'

/** Writes `auth_users.json`, one list of the users: as the admin API told of them, else the rows of the backup's database. */
export async function exportUsers(context: ExportContext): Promise<ComponentExport> {
  return (await hasUsersFile(context.generation)) ? exportTold(context) : exportRows(context)
}

async function exportRows({ generation, directory }: ExportContext): Promise<ComponentExport> {
  const dump = join(generation, 'database', 'dump')
  const contents = await readContents(dump)
  refuseOtherEncoding(contents)
  const users = await exportUserRows({ dump, contents, directory })
  if (users === undefined) throw rowsMissing()
  return {
    metadata: { users, file: 'auth_users.json' },
    document: { users },
    lines: [usersLine(users)],
    status: 'complete',
  }
}

/** Where the rows of a database are there already, which have more, those stay. */
async function exportTold({ generation, directory }: ExportContext): Promise<ComponentExport> {
  const name = await access(join(directory, 'auth_users.json')).then(
    () => 'auth_users_of_the_api.json',
    () => 'auth_users.json',
  )
  let users = 0
  async function* list() {
    for await (const { user } of readJsonl(usersPath(generation), (value) => userLineSchema.parse(value))) {
      yield `${users === 0 ? '[' : ','}${jsonText(user)}`
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
