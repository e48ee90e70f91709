import { changeSigns, count, printable, section } from '../../common/preview-text.ts'
import { plural } from '../../common/units.ts'
import type { AuthClient } from '../api/client.ts'
import { readUsers } from '../users/read.ts'
import { whyLeft } from './restore.ts'
import { differencesOf, readTarget } from './target-users.ts'

const examplesKept = 1_000

/** What a restore would do to the users of a target. */
export interface UsersPreview {
  usersSame: number
  usersToCreate: number
  /** Which the admin API cannot create: anonymous ones, those of single sign-on, those who were deleted. */
  usersNotCreated: number
  /** There, and not as the backup has them. */
  usersDifferent: number
  bansToLift: number
  /** At the target only. */
  usersExtra: number
  /** The first thousand ids of each. */
  examples: { create: string[]; different: string[]; extra: string[] }
}

export async function previewUsers(options: {
  client: AuthClient
  generation: string
  signal: AbortSignal
}): Promise<UsersPreview> {
  const target = await readTarget(options.client, options.signal)
  const now = Date.now()
  const preview: UsersPreview = {
    ...{
      usersSame: 0,
      usersToCreate: 0,
      usersNotCreated: 0,
      usersDifferent: 0,
      bansToLift: 0,
      usersExtra: 0,
    },
    examples: { create: [], different: [], extra: [] },
  }
  const { examples } = preview
  for await (const user of readUsers(options.generation)) {
    const present = target.get(user.id)
    target.delete(user.id)
    if (present === undefined) {
      if (whyLeft(user) !== undefined) preview.usersNotCreated += 1
      else {
        preview.usersToCreate += 1
        keep(examples.create, user.id)
      }
      continue
    }
    const found = differencesOf(user, present, now)
    if (found.length === 0) preview.usersSame += 1
    else {
      preview.usersDifferent += 1
      keep(examples.different, user.id)
      if (found.includes('lifted ban')) preview.bansToLift += 1
    }
  }
  preview.usersExtra = target.size
  for (const id of target.keys()) keep(examples.extra, id)
  return preview
}

function keep(list: string[], id: string): void {
  if (list.length < examplesKept) list.push(id)
}

/** The same in lines. */
export function usersLines(
  preview: UsersPreview,
  { update, removeExtra }: { update: boolean; removeExtra: boolean },
  limit: number,
): string[] {
  const { examples } = preview
  const some = (sign: string, ids: readonly string[], total: number) => {
    const listed = ids.slice(0, limit)
    const more = total - listed.length
    return [...listed.map((id) => `${sign} ${id}`), ...(more > 0 ? [`  and ${count(more)} more`] : [])]
  }
  const different = plural(preview.usersDifferent, 'user')
  const extra = plural(preview.usersExtra, 'user')
  return [
    '',
    `Users: ${plural(preview.usersSame, 'user')} of the backup ${preview.usersSame === 1 ? 'is' : 'are'} at the target as they were`,
    ...section(
      `To create: ${plural(preview.usersToCreate, 'user')}`,
      some(changeSigns.create, examples.create, preview.usersToCreate),
    ),
    ...section(
      update
        ? `To make as they were: ${different}`
        : `Not as they were, and left so without --update-users: ${different}`,
      some(changeSigns.change, examples.different, preview.usersDifferent),
    ),
    ...(update && preview.bansToLift > 0
      ? [`  The ban of ${plural(preview.bansToLift, 'user')} is lifted`]
      : []),
    ...section(
      removeExtra
        ? `To remove, as they came since: ${extra}`
        : `Left, as the backup does not have them: ${extra}`,
      some(removeExtra ? changeSigns.drop : ' ', examples.extra, preview.usersExtra),
    ),
    ...(preview.usersNotCreated === 0
      ? []
      : [
          `  ${plural(preview.usersNotCreated, 'user')} cannot be created by the admin API, e.g. anonymous ones`,
        ]),
  ].map(printable)
}
