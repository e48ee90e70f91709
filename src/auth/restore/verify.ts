import type { ComponentDifference, ComponentVerification } from '../../components/component.ts'
import type { AuthClient } from '../api/client.ts'
import { readUsers } from '../users/read.ts'
import { unlisted, whyLeft } from './restore.ts'
import { differencesOf, readTarget } from './target-users.ts'

const differencesKept = 1_000

/**
 * Compares the users of a target with those of the backup, reading both anew: that each is there, with the address, number, role,
 * metadata, confirmation and ban that the backup has.
 * @param options.left ids of users that the restore named as left as they are: they are no differences
 * @param options.nobodyElse whether a user that the backup does not have is one
 */
export async function verifyUsers(options: {
  client: AuthClient
  generation: string
  left: ReadonlySet<string>
  nobodyElse: boolean
  signal: AbortSignal
}): Promise<ComponentVerification> {
  const { client, generation, left, nobodyElse, signal } = options
  const target = await readTarget(client, signal)
  const differences: ComponentDifference[] = []
  const counts = { usersCompared: 0, differences: 0 }
  const differ = (kind: string, name: string, expected: string | null, actual: string | null) => {
    counts.differences += 1
    if (differences.length < differencesKept)
      differences.push({ component: 'auth', kind, name, expected, actual })
  }
  for await (const user of readUsers(generation)) {
    signal.throwIfAborted()
    const listed = target.get(user.id)
    target.delete(user.id)
    if (left.has(user.id) || (listed === undefined && whyLeft(user) !== undefined)) continue
    counts.usersCompared += 1
    const present = listed ?? (await unlisted(user, client))
    if (present === undefined) {
      differ('user-missing', user.id, 'a user', null)
      continue
    }
    for (const kind of differencesOf(user, present, Date.now()))
      differ(`user-${kind.replaceAll(' ', '-')}`, user.id, 'as in the backup', 'otherwise')
  }
  if (nobodyElse) for (const id of target.keys()) if (!left.has(id)) differ('user-extra', id, null, 'a user')
  return { ok: counts.differences === 0, counts, differences, findings: [] }
}
