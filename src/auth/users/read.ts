import { readJsonl } from '../../common/jsonl.ts'
import { hasUsersFile, userLineSchema, usersPath } from './layout.ts'
import { readUserRows } from './rows.ts'
import { type User, userOfApi } from './user.ts'

/** The users of a backup: those that the admin API told of, else those among the rows of its database. */
export async function* readUsers(generation: string): AsyncGenerator<User> {
  if (!(await hasUsersFile(generation))) {
    yield* readUserRows(generation)
    return
  }
  for await (const { user } of readJsonl(usersPath(generation), (value) => userLineSchema.parse(value)))
    yield userOfApi(user)
}
