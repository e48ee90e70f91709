import pLimit from 'p-limit'
import { type ComponentResult, statusOf } from '../../common/findings.ts'
import type { Log } from '../../common/log.ts'
import { plural } from '../../common/units.ts'
import { HttpError } from '../../http/error.ts'
import type { AuthClient } from '../api/client.ts'
import { AuthRefusal, unwritable } from '../api/errors.ts'
import { createTroubles, type Troubles } from '../api/troubles.ts'
import { readUsers } from '../users/read.ts'
import { type ApiUser, isBanned, type User, userOfApi } from '../users/user.ts'
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

/** More passes than these are only needed where addresses went from one user to the next in a longer row. */
const mostPasses = 5

/** After so many in a row at whom the service failed it is the service; the first number where nothing was written at all. */
const [failuresAtFirst, failuresInARow] = [24, 200]

/**
 * Brings the users of a backup to a target by the admin API: creates those that are missing, and makes the others as they were where
 * that is asked for. What is done is not done again, so one that broke off is simply repeated.
 *
 * An address or number belongs to one user at a time. So those that are to go go first, and whoever was refused has another try
 * after the others, as somebody may have had it who has their own again by then.
 * @returns the result, and the ids of users that were left as they are
 */
export async function restoreUsers(
  options: UsersRestoreOptions,
): Promise<{ result: ComponentResult; left: string[] }> {
  const { client, generation, log, signal } = options
  const begun = performance.now()
  const target = await readTarget(client, signal)
  const run = openRun(options)
  const { outcomes, counts, left } = run
  if (options.removeExtra) await removeExtra(target, run)
  const limit = createQueue(together)
  for await (const user of readUsers(generation)) {
    signal.throwIfAborted()
    counts.users += 1
    const listed = target.get(user.id)
    target.delete(user.id)
    await limit.add(() =>
      attempt(user, run, async () => bring(user, listed ?? (await unlisted(user, client)), run)),
    )
  }
  await limit.done()
  for (const id of target.keys()) outcomes.add('users-kept', id)
  await repeat(run)
  for (const [id, { outcome }] of run.open) {
    outcomes.add(outcome, id)
    left.push(id)
  }
  log.info(`${plural(counts.usersCreated, 'user')} created, ${counts.usersUpdated} updated`)
  const findings = outcomes.findings()
  const seconds = (performance.now() - begun) / 1000
  return {
    result: {
      ...{ component: 'auth', status: statusOf(findings), seconds, findings },
      counts: { ...counts, ...client.counts },
    },
    left,
  }
}

/** What did not come about with a user so far. */
interface Open {
  outcome: Outcome
  /** That the target did not have them before this restore. */
  isNew: boolean
}

interface Run extends UsersRestoreOptions {
  outcomes: Outcomes
  counts: {
    users: number
    usersSame: number
    usersCreated: number
    usersUpdated: number
    usersRemoved: number
  }
  left: string[]
  troubles: Troubles
  /** Users at whom the service failed, or whom it refused, by id. */
  open: Map<string, Open>
  /** Those of them who were tried again and again for as long as any request: another pass would help no more. */
  exhausted: Set<string>
}

function openRun(options: UsersRestoreOptions): Run {
  return {
    ...options,
    outcomes: createOutcomes(),
    counts: { users: 0, usersSame: 0, usersCreated: 0, usersUpdated: 0, usersRemoved: 0 },
    left: [],
    troubles: createTroubles(options.client, options.signal),
    open: new Map(),
    exhausted: new Set(),
  }
}

/** Users that the backup does not have, before its own come: one of them may have the address of one of those. */
async function removeExtra(target: Map<string, TargetUser>, run: Run): Promise<void> {
  const { client, outcomes, counts, left, signal } = run
  const extra = new Set(target.keys())
  for await (const { id } of readUsers(run.generation)) extra.delete(id)
  const limit = createQueue(together)
  for (const id of extra) {
    signal.throwIfAborted()
    target.delete(id)
    await limit.add(async () => {
      const isRemoved = await tried(run, () => client.remove(id), id)
      outcomes.add(isRemoved ? 'users-removed' : 'users-not-removed', id)
      if (isRemoved) counts.usersRemoved += 1
      else left.push(id)
    })
  }
  await limit.done()
}

/** Once more with those that were refused, as long as that helps one of them. */
async function repeat(run: Run): Promise<void> {
  const { client, open, signal } = run
  for (let pass = 2; pass <= mostPasses; pass += 1) {
    const before = open.size
    if (before <= run.exhausted.size) return
    const limit = createQueue(together)
    for await (const user of readUsers(run.generation)) {
      signal.throwIfAborted()
      const known = open.get(user.id)
      if (known === undefined || run.exhausted.has(user.id)) continue
      await limit.add(() =>
        attempt(user, run, async () => again(user, await client.find(user.id), known, run)),
      )
    }
    await limit.done()
    if (open.size >= before) return
  }
}

async function again(user: User, found: ApiUser | undefined, { isNew }: Open, run: Run): Promise<void> {
  if (!isNew || found === undefined) return bring(user, found && targetUser(userOfApi(found)), run)
  await settle(user, found, run)
}

/** Does what may fail with one user; where it does, they are open. @throws what ends the run */
async function attempt(user: User, run: Run, work: () => Promise<void>): Promise<void> {
  if (await tried(run, work, user.id)) run.open.delete(user.id)
  else if (!run.open.has(user.id)) run.open.set(user.id, { outcome: 'users-not-updated', isNew: false })
}

async function tried(
  { troubles, counts, exhausted }: Run,
  work: () => Promise<void>,
  id: string,
): Promise<boolean> {
  try {
    await work()
    troubles.succeeded()
    return true
  } catch (error) {
    if (error instanceof HttpError) exhausted.add(id)
    const inARow = await troubles.failed(error)
    const done = counts.usersCreated + counts.usersUpdated + counts.usersRemoved
    // It answers questions, and writes nothing: its database may be read-only, as where its disk is full.
    if (inARow >= (done === 0 ? failuresAtFirst : failuresInARow)) throw unwritable(error)
    return false
  }
}

async function bring(user: User, present: TargetUser | undefined, run: Run): Promise<void> {
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
  const { client, outcomes, left, open } = run
  const why = whyLeft(user)
  if (why !== undefined) {
    outcomes.add(why, user.id)
    left.push(user.id)
    return
  }
  open.set(user.id, { outcome: 'users-refused', isNew: true })
  try {
    return await settle(user, await client.create(creationOf(user, Date.now())), run)
  } catch (error) {
    if (!(error instanceof AuthRefusal) || open.get(user.id)?.outcome !== 'users-refused') throw error
    // A request that was repeated finds what the first attempt made.
    const made = await client.find(user.id)
    if (made === undefined) throw error
    await settle(user, made, run)
  }
}

/** What is left to do with a user who was created. */
async function settle(user: User, created: ApiUser, run: Run): Promise<void> {
  if (run.open.get(user.id)?.outcome === 'users-refused') {
    run.open.set(user.id, { outcome: 'users-not-updated', isNew: true })
    run.counts.usersCreated += 1
    tellLost(user, run.outcomes)
  }
  await adjust(user, userOfApi(created), run)
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
  await adjust(user, before, run)
  counts.usersUpdated += 1
  outcomes.add('users-updated', user.id)
  const now = Date.now()
  if (isBanned(before, now) && !isBanned(user, now)) outcomes.add('bans-lifted', user.id)
}

/** Makes a user as the backup has them: once more where the first time has changed what it was not told to, as confirming an address notes that in the metadata. */
async function adjust(user: User, present: User, { client }: Run): Promise<void> {
  let found = present
  for (let times = 0; times < 2; times += 1) {
    const attributes = updateOf(user, found, Date.now())
    if (attributes === undefined) return
    found = userOfApi(await client.update(user.id, attributes))
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
