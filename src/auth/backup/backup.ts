import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ComponentResult, type Finding, finding, statusOf } from '../../common/findings.ts'
import { writeJsonl } from '../../common/jsonl.ts'
import type { Log } from '../../common/log.ts'
import { plural } from '../../common/units.ts'
import type { AuthClient } from '../api/client.ts'
import { whyUnreadable } from '../api/errors.ts'
import { type Listed, listUsers } from '../api/list.ts'
import { createTroubles, type Troubles } from '../api/troubles.ts'
import { type UserLine, usersMissed, usersPath } from '../users/layout.ts'
import { type ApiUser, sameJson } from '../users/user.ts'
import { openPrevious } from './previous.ts'

export interface UsersBackupOptions {
  client: AuthClient
  generation: string
  /** The generation before: of who is unchanged in the list nothing is asked again. */
  previous: string | undefined
  now: Date
  log: Log
  signal: AbortSignal
  pageSize?: number | undefined
}

/** After so many in a row at whom the service failed, none of the others is asked about. */
const failuresInARow = 24

/** Users whose identities and factors are asked for at the same time. */
const together = 8

interface Counts {
  users: number
  identities: number
  factors: number
  usersFetched: number
  usersReused: number
}

/**
 * Writes `auth/users.jsonl`: every user as the admin API tells of one, with identities and factors, in the order of creation.
 * @throws BackupError, HttpError, AuthRefusal
 */
export async function backUpUsers(options: UsersBackupOptions): Promise<ComponentResult> {
  const { client, generation, log } = options
  const begun = performance.now()
  const counts: Counts = { users: 0, identities: 0, factors: 0, usersFetched: 0, usersReused: 0 }
  const previous = await openPrevious(options.previous)
  const unread: Unread = { ids: [], troubles: createTroubles(client, options.signal), isOver: false }
  let end: Listed = { total: undefined, unreadable: 0 }
  let gone = 0
  async function* lines(): AsyncGenerator<UserLine> {
    const listed = listUsers(options)
    for (;;) {
      const chunk: ApiUser[] = []
      let isLast = false
      while (chunk.length < together && !isLast) {
        const next = await listed.next()
        if (next.done) {
          end = next.value
          isLast = true
        } else chunk.push(next.value)
      }
      // One after the other: they are read on in the order of the list.
      const before: (UserLine | undefined)[] = []
      for (const user of chunk) before.push(await previous.take(user.id, user.created_at))
      const known = chunk.map((user, index) => reusable(before[index], user, options.now))
      const found = await Promise.all(
        chunk.map((user, index) => known[index] ?? readOrKeep(user, before[index], unread, options)),
      )
      for (const [index, line] of found.entries()) {
        if (line === undefined) gone += 1
        else yield counted(line, known[index] !== undefined, counts)
      }
      if (isLast) return
    }
  }
  try {
    await mkdir(dirname(usersPath(generation)), { recursive: true, mode: 0o700 })
    await writeJsonl(usersPath(generation), lines())
  } finally {
    await previous.close()
  }
  log.info(`${plural(counts.users, 'user')}, of whom ${counts.usersReused} are as in the backup before`)
  const findings = [...missedBy(counts.users + gone, end), ...unreadFinding(unread.ids), otherAudiences]
  return {
    component: 'auth',
    status: statusOf(findings),
    seconds: (performance.now() - begun) / 1000,
    counts: { ...counts, ...client.counts },
    findings,
  }
}

/** Users of whom the service did not tell more than the list does. */
interface Unread {
  ids: string[]
  troubles: Troubles
  /** That it failed at so many in a row that nobody else is asked about. */
  isOver: boolean
}

/**
 * What fails with one user takes no other along: they are as in the backup before, else as the list tells them, and asked about again by
 * the next backup.
 * @throws what ends the whole backup: the key is refused, or the service does not serve
 */
async function readOrKeep(
  user: ApiUser,
  before: UserLine | undefined,
  unread: Unread,
  options: UsersBackupOptions,
): Promise<UserLine | undefined> {
  const known = () => {
    unread.ids.push(user.id)
    return before ?? { readOn: longAgo, user }
  }
  if (unread.isOver) return known()
  try {
    const line = await read(user, options)
    unread.troubles.succeeded()
    return line
  } catch (error) {
    unread.isOver ||= (await unread.troubles.failed(error)) >= failuresInARow
    return known()
  }
}

/** No backup believes what was read so long ago. */
const longAgo = '1970-01-01'

async function read({ id }: ApiUser, { client, now }: UsersBackupOptions): Promise<UserLine | undefined> {
  const user = await client.find(id)
  return user && { readOn: now.toISOString().slice(0, 10), user }
}

function counted(line: UserLine, isReused: boolean, counts: Counts): UserLine {
  counts.users += 1
  counts.identities += line.user.identities?.length ?? 0
  counts.factors += line.user.factors?.length ?? 0
  counts[isReused ? 'usersReused' : 'usersFetched'] += 1
  return line
}

const dayMs = 86_400_000

/**
 * What the backup before had of a user, where the list tells the same. A second factor leaves no trace in the list: so it is not
 * believed for more than a week or two, on different days for different users.
 */
function reusable(line: UserLine | undefined, user: ApiUser, now: Date): UserLine | undefined {
  if (line === undefined) return undefined
  const days = (now.getTime() - Date.parse(line.readOn)) / dayMs
  const mostDays = 7 + (Number.parseInt(user.id.slice(0, 2), 16) % 7)
  if (!(days >= 0 && days <= mostDays)) return undefined
  return sameJson(withoutParts(user), withoutParts(line.user)) ? line : undefined
}

/** What is the same in a list and in the answer about one user. */
function withoutParts({ identities: _, factors: __, ...user }: ApiUser) {
  return user
}

function unreadFinding(ids: readonly string[]): Finding[] {
  if (ids.length === 0) return []
  const message =
    'Of these users the auth service told nothing when it was asked about each: the backup has them as in the last one, or without identities and second factors.'
  return [finding({ component: 'auth', severity: 'degraded', kind: 'users-unread', names: ids, message })]
}

/** The service neither lists nor counts them: of a user whom nobody can see, the operator has to hear all the same. */
const otherAudiences = finding({
  ...{ component: 'auth', severity: 'note', kind: 'users-of-one-audience', count: 1 },
  message:
    'The admin API lists the users of one audience (authenticated), and does not tell whether there are others: who has another aud, or none, or an instance_id, as some that were made by SQL, is not in this backup. One with a connection to the database has them all.',
})

function missedBy(listed: number, { total = 0, unreadable }: Listed): Finding[] {
  const count = Math.max(total - listed, unreadable)
  if (count === 0) return []
  const why = unreadable === 0 ? '' : ` It cannot read the rows of ${unreadable}: ${whyUnreadable}`
  const message = `The auth service counts ${listed + count} users and lists ${listed}; the others are not in this backup.${why}`
  return [finding({ component: 'auth', severity: 'degraded', kind: usersMissed, message, count })]
}
