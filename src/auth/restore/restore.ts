import pLimit from 'p-limit'
import { type ComponentResult, statusOf } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { plural } from '../../common/units.ts'
import type { AuthClient } from '../api/client.ts'
import { AuthRefusal } from '../api/errors.ts'
import { readUsers } from '../users/read.ts'
import { isBanned, type User, userOfApi } from '../users/user.ts'
import { creationOf, isKnownHash, updateOf } from './attributes.ts'
import { createOutcomes, type Outcome, type Outcomes } from './outcomes.ts'
import { differencesOf, readTarget, type TargetUser, targetUser } from './target-users.ts'

export interface UsersRestoreOptions {
  client: AuthClient
  generation: string
  /** Whether users that are there, and not as the backup has them, are made so. */
  update: boolean
  /** Whether users that the backup does not have are removed: it is the target as it was. */
  removeExtra: boolean
  log: Log
  signal: AbortSignal
}

/** Users that are created or updated at the same time. */
const together = 8

/** Why a user cannot be created by the admin API; undefined where they can. */
export function whyLeft(user: User): Outcome | undefined {
  if (user.isDeleted) return 'deleted-users-left'
  if (user.isSso) return 'sso-users-left'
  return user.email === '' && user.phone === '' ? 'anonymous-users-left' : undefined
}

/**
 * Brings the users of a backup to a target by the admin API: creates those that are missing, and makes the others as they were where
 * that is asked for. What is done is not done again, so one that broke off is simply repeated.
 * @returns the result, and the ids of users that were left as they are
 */
export async function restoreUsers(
  options: UsersRestoreOptions,
): Promise<{ result: ComponentResult; left: string[] }> {
  const { client, generation, log, signal } = options
  const begun = performance.now()
  const target = await readTarget(client, signal)
  const outcomes = createOutcomes()
  const counts = { users: 0, usersSame: 0, usersCreated: 0, usersUpdated: 0, usersRemoved: 0 }
  const left: string[] = []
  const run = { ...options, outcomes, counts, left }
  const limit = createQueue(together)
  for await (const user of readUsers(generation)) {
    signal.throwIfAborted()
    counts.users += 1
    const present = target.get(user.id)
    target.delete(user.id)
    await limit.add(() => bring(user, present, run))
  }
  await limit.done()
  for (const id of target.keys()) {
    signal.throwIfAborted()
    if (options.removeExtra) await limit.add(() => remove(id, run))
    else outcomes.add('users-kept', id)
  }
  await limit.done()
  log.info(`${plural(counts.usersCreated, 'user')} created, ${counts.usersUpdated} updated`)
  const findings = outcomes.findings()
  const seconds = (performance.now() - begun) / 1000
  return {
    result: {
      component: 'auth',
      status: statusOf(findings),
      seconds,
      counts: { ...counts, ...client.counts },
      findings,
    },
    left,
  }
}

interface Run extends UsersRestoreOptions {
  outcomes: Outcomes
  counts: { usersSame: number; usersCreated: number; usersUpdated: number; usersRemoved: number }
  left: string[]
}

async function bring(user: User, listed: TargetUser | undefined, run: Run): Promise<void> {
  const present = listed ?? (await unlisted(user, run.client))
  if (present === undefined) return create(user, run)
  const found = differencesOf(user, present, Date.now())
  if (found.length === 0) run.counts.usersSame += 1
  else if (run.update) await update(user, run)
  else leave(user, run)
}

/** The target's user, where they are of another audience than the one that is listed. */
export async function unlisted({ id, aud }: User, client: AuthClient): Promise<TargetUser | undefined> {
  if (aud === '' || aud === 'authenticated') return undefined
  const found = await client.find(id)
  return found && targetUser(userOfApi(found))
}

function leave({ id }: User, { outcomes, left }: Run): void {
  outcomes.add('users-differ', id)
  left.push(id)
}

async function create(user: User, run: Run): Promise<void> {
  const { client, outcomes, counts } = run
  const why = whyLeft(user)
  if (why !== undefined) {
    outcomes.add(why, user.id)
    run.left.push(user.id)
    return
  }
  const created = await orRefused(() => client.create(creationOf(user, Date.now())))
  // A request that was repeated finds what the first attempt made.
  const present = created ?? (await client.find(user.id))
  if (present === undefined) {
    outcomes.add('users-refused', user.id)
    run.left.push(user.id)
    return
  }
  counts.usersCreated += 1
  await adjust(user, userOfApi(present), run)
  tellLost(user, outcomes)
}

function tellLost(user: User, outcomes: Outcomes): void {
  outcomes.add('times-lost', user.id)
  const { passwordHash, providers, factors, id } = user
  const hasNone = passwordHash === ''
  if (!hasNone && (passwordHash === undefined || !isKnownHash(passwordHash)))
    outcomes.add('passwords-lost', id)
  if (providers.length > 0) outcomes.add('identities-lost', id)
  if (factors.length > 0) outcomes.add('factors-lost', id)
}

async function update(user: User, run: Run): Promise<void> {
  const { client, outcomes, counts } = run
  const present = await client.find(user.id)
  if (present === undefined) return create(user, run)
  const before = userOfApi(present)
  if (!(await adjust(user, before, run))) return
  counts.usersUpdated += 1
  outcomes.add('users-updated', user.id)
  const now = Date.now()
  if (isBanned(before, now) && !isBanned(user, now)) outcomes.add('bans-lifted', user.id)
}

/**
 * Once more where the first time has changed what it was not told to: confirming an address notes that in the metadata.
 * @returns whether the user is as the backup has them now
 */
async function adjust(user: User, present: User, { client, outcomes, left }: Run): Promise<boolean> {
  let found = present
  for (let times = 0; times < 2; times += 1) {
    const attributes = updateOf(user, found, Date.now())
    if (attributes === undefined) return true
    const updated = await orRefused(() => client.update(user.id, attributes))
    if (updated === undefined) {
      outcomes.add('users-not-updated', user.id)
      left.push(user.id)
      return false
    }
    found = userOfApi(updated)
  }
  return true
}

async function remove(id: string, { client, outcomes, counts }: Run): Promise<void> {
  await client.remove(id)
  counts.usersRemoved += 1
  outcomes.add('users-removed', id)
}

/** Undefined where the service refuses just this; a key that it refuses ends the run. */
async function orRefused<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AuthRefusal && error.status !== 401 && error.status !== 403) return undefined
    throw error
  }
}

/** So many tasks at a time; `add` waits while there is no room, and the first failure is thrown by the next call. */
function createQueue(size: number): { add(task: () => Promise<void>): Promise<void>; done(): Promise<void> } {
  const limit = pLimit(size)
  const open = new Set<Promise<void>>()
  let failure: { error: unknown } | undefined
  const throwFailure = () => {
    if (failure !== undefined) throw failure.error
  }
  return {
    async add(task) {
      while (open.size >= size) await Promise.race(open)
      throwFailure()
      const running: Promise<void> = limit(task)
        .catch((error: unknown) => {
          failure ??= { error }
        })
        .finally(() => open.delete(running))
      open.add(running)
    },
    async done() {
      await Promise.all(open)
      throwFailure()
    },
  }
}
