import { access } from 'node:fs/promises'
import { readJsonl } from '../../common/jsonl.ts'
import { userLineSchema, usersPath } from './layout.ts'
import { readUserRows } from './rows.ts'
import { type User, userOfApi } from './user.ts'

/** The users of a backup: those that the admin API told of, else those among the rows of its database. */
export async function* readUsers(generation: string): AsyncGenerator<User> {
  const path = usersPath(generation)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    yield* readUserRows(generation)
    return
  }
  for await (const { user } of readJsonl(path, (value) => userLineSchema.parse(value))) yield userOfApi(user)
}
