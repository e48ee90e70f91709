import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toRunError } from '../../../src/auth/api/errors.ts'
import { HttpError } from '../../../src/http/error.ts'
import { type AuthPlace, addUser, idOf, makeAuthPlace } from '../../helpers/auth.ts'

let place: AuthPlace
beforeEach(async () => {
  place = await makeAuthPlace()
})
afterEach(() => place.stop())

async function lines(name: string): Promise<{ readOn: string; user: Record<string, unknown> }[]> {
  const text = await readFile(join(place.folder, name, 'auth/users.jsonl'), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const ids = async (name: string) => (await lines(name)).map(({ user }) => user['id'])
const asked = (pattern: RegExp) => place.api.requests.filter((request) => pattern.test(request)).length

function addUsers(count: number): void {
  for (let number = 1; number <= count; number += 1) addUser(place.api, number)
}

const oneAudience = { severity: 'note', kind: 'users-of-one-audience' }

describe('a backup of the users', () => {
  it('has each once, with identities and factors, in the order of creation, over more than nine pages', async () => {
    addUsers(125)
    addUser(place.api, 126, { factors: [{ factor_type: 'totp' }], phone: '491701234567' })
    const result = await place.backUp('one', { pageSize: 10 })
    expect(result).toMatchObject({
      status: 'complete',
      counts: { users: 126, identities: 126, factors: 1, usersFetched: 126, usersReused: 0 },
    })
    expect(await ids('one')).toEqual(Array.from({ length: 126 }, (_, index) => idOf(index + 1)))
    expect((await lines('one')).at(-1)?.user).toMatchObject({ factors: [{ factor_type: 'totp' }] })
    expect(JSON.stringify(await lines('one'))).not.toContain('hash of')
  })

  it('of a project without users is an empty file', async () => {
    expect(await place.backUp('one')).toMatchObject({ status: 'complete', counts: { users: 0 } })
    expect(await readFile(join(place.folder, 'one/auth/users.jsonl'), 'utf8')).toBe('')
  })

  it('misses nobody where others are deleted while it is listed, and lists nobody twice who is created', async () => {
    addUsers(30)
    place.api.faults.push(
      { path: 'page=2&', status: 0, before: () => place.api.users.delete(idOf(1)) },
      { path: 'page=3&', status: 0, before: () => addUser(place.api, 99) },
    )
    const { counts } = await place.backUp('one', { pageSize: 10 })
    const found = await ids('one')
    expect(new Set(found).size).toBe(found.length)
    expect(new Set(found)).toEqual(
      new Set([...place.api.users.keys()].concat(found.includes(idOf(1)) ? [idOf(1)] : [])),
    )
    expect(counts['users']).toBe(found.length)
  })

  it('goes on without one who is deleted between the list and the question about them', async () => {
    addUsers(3)
    const before = () => place.api.users.delete(idOf(2))
    place.api.faults.push({ path: `/admin/users/${idOf(2)}`, status: 0, before })
    expect(await place.backUp('one')).toMatchObject({ status: 'complete', counts: { users: 2 } })
    expect(await ids('one')).toEqual([idOf(1), idOf(3)])
  })

  it('is whole where the service gives fewer a page than it is asked for', async () => {
    addUsers(25)
    const page = place.client.page.bind(place.client)
    vi.spyOn(place.client, 'page').mockImplementation((number) => page(number, 4))
    expect((await place.backUp('one', { pageSize: 500 })).counts['users']).toBe(25)
  })

  it('is degraded where the service counts more users than it lists', async () => {
    addUsers(5)
    const page = place.client.page.bind(place.client)
    vi.spyOn(place.client, 'page').mockImplementation(async (number, size) => ({
      ...(await page(number, size)),
      total: 8,
    }))
    expect(await place.backUp('one')).toMatchObject({
      status: 'degraded',
      findings: [{ kind: 'users-missed', count: 3 }, oneAudience],
    })
  })

  it('asks nothing again of who is unchanged, and again of who changed, is new, or was asked long ago', async () => {
    addUsers(20)
    const now = new Date()
    await place.backUp('one', { now })
    place.api.requests.length = 0
    expect((await place.backUp('two', { previous: 'one', now })).counts).toMatchObject({
      users: 20,
      usersFetched: 0,
      usersReused: 20,
    })
    expect(asked(/users\/0/)).toBe(0)
    expect(await lines('two')).toEqual(await lines('one'))

    place.api.users.delete(idOf(3))
    addUser(place.api, 4, { user_metadata: { name: 'another' } })
    addUser(place.api, 21)
    const third = await place.backUp('three', { previous: 'two', now })
    expect(third.counts).toMatchObject({ users: 20, usersFetched: 2, usersReused: 18 })
    expect(await ids('three')).not.toContain(idOf(3))

    const later = new Date(now.getTime() + 15 * 86_400_000)
    expect((await place.backUp('four', { previous: 'three', now: later })).counts['usersFetched']).toBe(20)
  })

  it('goes on after a 429, a 503 and a connection that is cut', async () => {
    addUsers(3)
    place.api.faults.push(
      { path: 'page=1&', status: 429, headers: { 'retry-after': '0' } },
      { path: idOf(2), status: 503 },
      { path: idOf(3), status: 0, cut: true },
    )
    expect(await place.backUp('one')).toMatchObject({ status: 'complete', counts: { users: 3 } })
  })

  it('has a user of whom the service tells nothing as it was, or as the list tells them, and names them', async () => {
    addUsers(5)
    await place.backUp('one')
    addUser(place.api, 2, { user_metadata: { name: 'another' } })
    addUser(place.api, 6)
    for (const number of [2, 6])
      place.api.faults.push({
        path: `/admin/users/${idOf(number)}`,
        status: number === 2 ? 500 : 422,
        times: 3,
      })
    const result = await place.backUp('two', { previous: 'one' })
    expect(result).toMatchObject({
      status: 'degraded',
      counts: { users: 6 },
      findings: [
        { kind: 'users-unread', names: expect.arrayContaining([idOf(2), idOf(6)]), count: 2 },
        oneAudience,
      ],
    })
    expect((await lines('two')).map(({ user }) => Object(user['user_metadata']).name)).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => `User ${number}`),
    )
    place.api.faults.length = 0
    const third = await place.backUp('three', { previous: 'two' })
    expect(third).toMatchObject({ status: 'complete', counts: { usersFetched: 2, identities: 6 } })
  })

  it('has metadata nested as deep as a user likes, and compares them the next night', async () => {
    addUsers(2)
    const nested = JSON.parse(`${'{"a":['.repeat(4_000)}1${']}'.repeat(4_000)}`)
    const user = addUser(place.api, 3)
    const { find, page } = place.client
    const deep = <User extends { id: string }>(told: User) =>
      told.id === user.id ? { ...told, user_metadata: { nested } } : told
    // The stand-in's own server could not send them.
    vi.spyOn(place.client, 'find').mockImplementation(async (id) => {
      const told = await find(id)
      return told && deep(told)
    })
    vi.spyOn(place.client, 'page').mockImplementation(async (number, size) => {
      const told = await page(number, size)
      return { ...told, users: told.users.map(deep) }
    })
    expect(await place.backUp('one')).toMatchObject({ status: 'complete', counts: { users: 3 } })
    expect((await lines('one')).at(-1)?.user['user_metadata']).toHaveProperty('nested')
    expect((await place.backUp('two', { previous: 'one' })).counts).toMatchObject({ usersReused: 3 })
    await expect(place.client.update(user.id, { user_metadata: { nested } })).rejects.toMatchObject({
      name: 'AuthRefusal',
      status: 413,
    })
  })

  it('lists the users around rows that the service cannot read, and counts those', async () => {
    addUsers(60)
    const [bad, page] = [[3, 41, 60], place.client.page.bind(place.client)]
    const asked: string[] = []
    vi.spyOn(place.client, 'page').mockImplementation(async (number, size, how) => {
      asked.push(`${number} of ${size}`)
      const isBad = bad.some((at) => at > (number - 1) * size && at <= number * size)
      if (!isBad) return page(number, size, how)
      const message = 'GET /admin/users: 500 {"msg":"Database error finding users"}'
      throw new HttpError({ kind: 'busy', status: 500, code: 'unexpected_failure', message })
    })
    expect(await place.backUp('one', { pageSize: 50 })).toMatchObject({
      status: 'degraded',
      counts: { users: 57 },
      findings: [
        {
          kind: 'users-missed',
          count: 3,
          message: expect.stringContaining('the rows of 3: Often a user was made'),
        },
        oneAudience,
      ],
    })
    expect(await ids('one')).toEqual(
      Array.from({ length: 60 }, (_, index) => idOf(index + 1)).filter(
        (_, index) => !bad.includes(index + 1),
      ),
    )
    expect(asked.filter((one) => one === '1 of 50')).toHaveLength(1)
  })

  it('goes on where many users in a row cannot be asked about, and asks for no more of them', async () => {
    addUsers(80)
    place.api.faults.push({ path: '/admin/users/0', status: 500, times: 10_000 })
    expect(await place.backUp('one')).toMatchObject({
      status: 'degraded',
      counts: { users: 80 },
      findings: [{ kind: 'users-unread', count: 80 }, oneAudience],
    })
    expect(asked(/users\/0/)).toBeLessThan(40 * 3)
  })

  it('says what is the matter where the service cannot read a row of its own', async () => {
    const message =
      'GET /admin/users: 500 {"code":500,"error_code":"unexpected_failure","msg":"Database error finding users"}'
    vi.spyOn(place.client, 'page').mockRejectedValue(
      new HttpError({ kind: 'busy', status: 500, code: 'unexpected_failure', message }),
    )
    expect(await place.backUp('one').catch(toRunError)).toMatchObject({
      code: 'AUTH_ROWS_UNREADABLE',
      suggestion: expect.stringContaining('confirmation_token'),
    })
  })

  it('fails as a whole, without a word on the terminal, where the key is refused or nobody answers', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {})
    addUsers(3)
    place.api.faults.push({ path: '/admin/users', status: 403, times: 1 })
    const refused = await place.backUp('one').catch(toRunError)
    expect(refused).toMatchObject({ code: 'AUTH_KEY_REFUSED', exitCode: 78 })
    place.api.faults.push({ path: '/admin/users', status: 500, times: 100 })
    expect(await place.backUp('one').catch(toRunError)).toMatchObject({ code: 'AUTH_UNREACHABLE' })
    expect(said).not.toHaveBeenCalled()
    said.mockRestore()
  })
})
