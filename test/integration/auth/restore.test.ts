import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAuthClient } from '../../../src/auth/api/client.ts'
import { openAuthRestore } from '../../../src/auth/restore/component.ts'
import { restoreUsers } from '../../../src/auth/restore/restore.ts'
import { verifyUsers } from '../../../src/auth/restore/verify.ts'
import { type Finding, finding } from '../../../src/common/findings.ts'
import { silentLog } from '../../../src/common/log.ts'
import type { RestoreContext } from '../../../src/components/component.ts'
import { type AuthApi, startAuthApi } from '../../../src/standin/auth-api/server.ts'
import { type AuthPlace, addUser, idOf, makeAuthPlace } from '../../helpers/auth.ts'

const signal = new AbortController().signal
let origin: AuthPlace
let target: AuthApi
let client: ReturnType<typeof createAuthClient>
beforeEach(async () => {
  origin = await makeAuthPlace()
  target = await startAuthApi({ recording: true })
  client = createAuthClient({
    endpoint: target,
    signal,
    retry: { retries: 2, minTimeoutMs: 1, maxTimeoutMs: 2 },
  })
})
afterEach(async () => {
  await client.close()
  await target.stop()
  await origin.stop()
})

const inYears = (years: number) => new Date(Date.now() + years * 365 * 86_400_000).toISOString()

async function restore(how: { update?: boolean; removeExtra?: boolean } = {}) {
  return restoreUsers({
    ...{ client, generation: join(origin.folder, 'one'), log: silentLog, signal },
    ...{ update: how.update ?? false, removeExtra: how.removeExtra ?? false },
  })
}

async function verify(left: readonly string[] = [], nobodyElse = false) {
  const generation = join(origin.folder, 'one')
  return verifyUsers({ client, generation, left: new Set(left), nobodyElse, signal })
}

const byKind = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ kind, severity, names }) => [kind, { severity, names }]))

/** Users of every kind that the admin API can bring. */
function addKinds(api: AuthApi): void {
  addUser(api, 1)
  addUser(api, 2, {
    email_confirmed_at: undefined,
    user_metadata: { name: null, deep: { b: 1, a: [1, null] } },
  })
  addUser(api, 3, { email: '', phone: '491701234567', phone_confirmed_at: inYears(0) })
  addUser(api, 4, { banned_until: inYears(1), role: 'editor', app_metadata: { tier: 'gold' } })
  addUser(api, 5, { banned_until: inYears(-1) })
  addUser(api, 6, { banned_until: inYears(200) })
}

describe('a restore of users', () => {
  it('creates those that are missing, as they were, and the comparison proves it', async () => {
    addKinds(origin.api)
    await origin.backUp('one')
    const { result, left } = await restore()
    expect(result).toMatchObject({ status: 'complete', counts: { users: 6, usersCreated: 6, usersSame: 0 } })
    expect(await verify(left, true)).toMatchObject({ ok: true, counts: { usersCompared: 6, differences: 0 } })
    expect(target.users.get(idOf(1))?.user_metadata).toEqual({ name: 'User 1' })
    expect(target.users.get(idOf(4))?.app_metadata).toEqual({ tier: 'gold' })
    expect(target.users.get(idOf(5))?.banned_until).toBeUndefined()
    const found = byKind(result.findings)
    expect(found['passwords-lost']).toMatchObject({ severity: 'manual' })
    expect(found['passwords-lost']?.names).toHaveLength(6)
  })

  it('does nothing the second time', async () => {
    addKinds(origin.api)
    await origin.backUp('one')
    await restore()
    target.requests.length = 0
    const { result } = await restore({ update: true })
    expect(result).toMatchObject({ counts: { usersCreated: 0, usersUpdated: 0, usersSame: 6 }, findings: [] })
    expect(target.requests.every((request) => request.startsWith('GET /admin/users?'))).toBe(true)
  })

  it('names whom, and what of them, the admin API cannot carry', async () => {
    addUser(origin.api, 1, { identities: [{ provider: 'google' }, { provider: 'email' }] })
    addUser(origin.api, 2, { factors: [{ factor_type: 'totp' }] })
    addUser(origin.api, 3, { email: '', is_anonymous: true, identities: [] })
    addUser(origin.api, 4, { identities: [{ provider: 'sso:0b0c' }] })
    addUser(origin.api, 5, { email: 'x1y2', deleted_at: inYears(0) })
    await origin.backUp('one')
    const { result, left } = await restore()
    expect(result).toMatchObject({ status: 'complete', counts: { usersCreated: 2 } })
    const found = byKind(result.findings)
    expect(found).toMatchObject({
      'identities-lost': { severity: 'manual', names: [idOf(1)] },
      'factors-lost': { severity: 'manual', names: [idOf(2)] },
      'anonymous-users-left': { severity: 'manual', names: [idOf(3)] },
      'sso-users-left': { severity: 'manual', names: [idOf(4)] },
      'deleted-users-left': { severity: 'note', names: [idOf(5)] },
      'times-lost': { severity: 'note' },
    })
    expect(await verify(left)).toMatchObject({ ok: true, counts: { usersCompared: 2 } })
  })

  it('leaves who is there and otherwise as they are, and names them, until it is told to update', async () => {
    addUser(origin.api, 1)
    addUser(origin.api, 2, { user_metadata: { name: 'of the backup' } })
    await origin.backUp('one')
    addUser(target, 1, { banned_until: inYears(1) })
    addUser(target, 2, { user_metadata: { name: 'of the target', more: 1 }, email: 'other@example.com' })
    addUser(target, 3)
    const first = await restore()
    expect(byKind(first.result.findings)).toMatchObject({
      'users-differ': { severity: 'manual', names: [idOf(1), idOf(2)] },
      'users-kept': { severity: 'note', names: [idOf(3)] },
    })
    expect(await verify(first.left)).toMatchObject({ ok: true })
    expect(await verify([])).toMatchObject({ ok: false, counts: { differences: 2 } })

    const second = await restore({ update: true })
    expect(byKind(second.result.findings)).toMatchObject({
      'users-updated': { names: [idOf(1), idOf(2)] },
      'bans-lifted': { severity: 'note', names: [idOf(1)] },
    })
    expect(await verify(second.left)).toMatchObject({ ok: true, counts: { usersCompared: 2 } })
    expect(target.users.get(idOf(2))?.user_metadata).toEqual({ name: 'of the backup' })
    expect(target.users.has(idOf(3))).toBe(true)
  })

  it('as a rollback removes who came since, makes the others as they were, and wants nobody else', async () => {
    addUser(origin.api, 1)
    await origin.backUp('one')
    addUser(target, 1, { user_metadata: {} })
    addUser(target, 2)
    expect(await verify([], true)).toMatchObject({
      differences: expect.arrayContaining([expect.objectContaining({ kind: 'user-extra', name: idOf(2) })]),
    })
    const { result } = await restore({ update: true, removeExtra: true })
    expect(byKind(result.findings)).toMatchObject({ 'users-removed': { names: [idOf(2)] } })
    expect(await verify([], true)).toMatchObject({ ok: true })
  })

  it('as a rollback removes nobody where the backup missed some: they may have been there', async () => {
    addUser(origin.api, 1)
    const result = await origin.backUp('one')
    addUser(target, 1, { user_metadata: {} })
    addUser(target, 2)
    const missed = finding({
      ...{
        component: 'auth',
        severity: 'degraded',
        kind: 'users-missed',
        count: 1,
        message: 'One is missing.',
      },
    })
    const context = {
      ...{ generation: join(origin.folder, 'one'), flags: {}, rollback: true, log: silentLog, signal },
      target: { role: 'target', reference: 'target', database: undefined, storage: undefined, auth: target },
      manifest: { components: [{ ...result, findings: [missed] }] },
    }
    const opened = await openAuthRestore(context as unknown as RestoreContext)
    const progress = { state: {}, inTransaction: '', note: async () => {} }
    try {
      const { lines } = await opened.preview({ rows: {}, findings: [] })
      expect(lines(9).join('\n')).toContain('Left, as the backup does not have them: 1 user')
      const { findings } = await opened.undo(progress)
      expect(byKind(findings)).toMatchObject({ 'users-kept': { names: [idOf(2)] } })
      expect([...target.users.keys()]).toEqual([idOf(1), idOf(2)])
      expect(await opened.verify(progress, true)).toMatchObject({ ok: true })
    } finally {
      await opened.close()
    }
  })

  it('is degraded by a user whose address another has, and brings the others', async () => {
    addUser(origin.api, 1)
    addUser(origin.api, 2)
    await origin.backUp('one')
    addUser(target, 9, { email: 'user1@example.com' })
    const { result, left } = await restore()
    expect(result.status).toBe('degraded')
    expect(byKind(result.findings)).toMatchObject({
      'users-refused': { severity: 'degraded', names: [idOf(1)] },
    })
    expect(target.users.has(idOf(2))).toBe(true)
    expect(left).toEqual([idOf(1)])
  })

  const rollback = { update: true, removeExtra: true }

  it('as a rollback gives back an address that somebody took since, and one that went from user to user', async () => {
    for (const number of [1, 2, 3, 4]) addUser(origin.api, number)
    addUser(origin.api, 5, { phone: '4915112345' })
    await origin.backUp('one')
    // 1 was deleted and 9 has the address; 2 was deleted and 3 has it, whose own 4 has.
    addUser(target, 3, { email: 'user2@example.com' })
    addUser(target, 4, { email: 'user3@example.com' })
    addUser(target, 8, { phone: '4915112345' })
    addUser(target, 9, { email: 'user1@example.com' })
    const { result, left } = await restore(rollback)
    expect(result).toMatchObject({
      status: 'complete',
      counts: { usersCreated: 3, usersUpdated: 2, usersRemoved: 2 },
    })
    expect(left).toEqual([])
    expect(await verify(left, true)).toMatchObject({ ok: true, counts: { usersCompared: 5 } })
    expect((await restore(rollback)).result).toMatchObject({ counts: { usersSame: 5 }, findings: [] })
  })

  it('names those who have each other’s address, and loses neither', async () => {
    addUser(origin.api, 1)
    addUser(origin.api, 2)
    await origin.backUp('one')
    addUser(target, 1, { email: 'user2@example.com' })
    addUser(target, 2, { email: 'user1@example.com' })
    const { result, left } = await restore(rollback)
    expect(byKind(result.findings)).toMatchObject({
      'users-not-updated': { severity: 'degraded', names: expect.arrayContaining([idOf(1), idOf(2)]) },
    })
    expect(target.users.size).toBe(2)
    expect(await verify(left, true)).toMatchObject({ ok: true })
  })

  it.each([
    ['POST', '/admin/users', 'users-refused'],
    ['PUT', idOf(1), 'users-not-updated'],
    ['DELETE', idOf(7), 'users-not-removed'],
  ])('names the one user at whom a %s fails, and brings the others', async (method, path, kind) => {
    for (const number of [1, 2, 3]) addUser(origin.api, number)
    await origin.backUp('one')
    addUser(target, 1, { user_metadata: {} })
    addUser(target, 2, { user_metadata: {} })
    addUser(target, 7)
    target.faults.push({ method, path, status: 500, times: 99 })
    const { result, left } = await restore(rollback)
    expect(result.status).toBe('degraded')
    expect(result.findings.filter(({ severity }) => severity === 'degraded')).toMatchObject([
      { kind, count: 1 },
    ])
    expect(await verify(left, true)).toMatchObject({
      ok: true,
      counts: { usersCompared: method === 'DELETE' ? 3 : 2 },
    })
    target.faults.length = 0
    await restore(rollback)
    expect(await verify([], true)).toMatchObject({ ok: true, counts: { usersCompared: 3 } })
  })

  it('tries nobody another time who was tried for as long as any request', async () => {
    addUser(origin.api, 1)
    addUser(origin.api, 2)
    await origin.backUp('one')
    addUser(target, 1, { user_metadata: {} })
    target.faults.push({ method: 'PUT', path: idOf(1), status: 503, times: 99 })
    const { result, left } = await restore({ update: true })
    expect(result).toMatchObject({ status: 'degraded', counts: { usersCreated: 1 } })
    expect(left).toEqual([idOf(1)])
    expect(
      target.requests.filter((request) => request.startsWith(`PUT /admin/users/${idOf(1)}`)),
    ).toHaveLength(3)
  })

  it.each([
    ['AUTH_UNREACHABLE', undefined, 500],
    ['AUTH_UNWRITABLE', 'POST', 500],
    ['AUTH_UNWRITABLE', 'POST', 503],
  ])('ends soon, as %s, where the service fails at all: %s %s', async (code, method, status) => {
    for (let number = 1; number <= 60; number += 1) addUser(origin.api, number)
    await origin.backUp('one')
    const fails = () => void target.faults.push({ ...(method && { method }), status, times: 1000 })
    if (method) fails()
    else target.faults.push({ method: 'POST', status: 0, before: fails })
    await expect(restore()).rejects.toMatchObject({ code })
    expect(target.requests.filter((request) => request.startsWith('POST')).length).toBeLessThan(60 * 3)
  })

  it('counts a user as created whose answer was lost on the way', async () => {
    addUser(origin.api, 1)
    await origin.backUp('one')
    target.faults.push({
      ...{ method: 'POST', path: '/admin/users', status: 0, times: 1 },
      before: () => {
        addUser(target, 1)
      },
    })
    const { result } = await restore()
    expect(result).toMatchObject({ status: 'complete', counts: { usersCreated: 1 } })
    expect(await verify()).toMatchObject({ ok: true })
  })
})

describe('the comparison of users', () => {
  it.each([
    ['user-missing', (api: AuthApi) => void api.users.delete(idOf(4))],
    ['user-data', (api: AuthApi) => void addUser(api, 4, { ...api.users.get(idOf(4)), role: 'reader' })],
    ['user-data', (api: AuthApi) => void addUser(api, 4, { ...api.users.get(idOf(4)), app_metadata: {} })],
    [
      'user-ban',
      (api: AuthApi) => void addUser(api, 4, { ...api.users.get(idOf(4)), banned_until: undefined }),
    ],
    [
      'user-ban',
      (api: AuthApi) => void addUser(api, 4, { ...api.users.get(idOf(4)), banned_until: inYears(2) }),
    ],
    [
      'user-unconfirmed',
      (api: AuthApi) => void addUser(api, 4, { ...api.users.get(idOf(4)), email_confirmed_at: undefined }),
    ],
    [
      'user-lifted-ban',
      (api: AuthApi) => void addUser(api, 1, { ...api.users.get(idOf(1)), banned_until: inYears(2) }),
    ],
  ])('sees one thing that is otherwise: %s', async (kind, spoil) => {
    addKinds(origin.api)
    await origin.backUp('one')
    await restore()
    spoil(target)
    expect(await verify()).toMatchObject({ ok: false, counts: { differences: 1 }, differences: [{ kind }] })
  })
})
