import { readJsonl } from '../common/jsonl.ts'
import { plural } from '../common/units.ts'
import type { ComponentContents } from '../components/component.ts'
import { userLineSchema, usersPath } from './users/layout.ts'

/** How many users there are apart from a database. */
export async function describeUsers(generation: string): Promise<ComponentContents> {
  let users = 0
  for await (const _ of readJsonl(usersPath(generation), (value) => userLineSchema.parse(value))) users += 1
  return { document: { users }, lines: [`Users: ${plural(users, 'user')}`] }
}
