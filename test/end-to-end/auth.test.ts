import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { readUsers } from '../../src/auth/users/read.ts'
import { runReportSchema } from '../../src/report/schema.ts'
import { type AuthApi, startAuthApi } from '../../src/standin/auth-api/server.ts'
import { addUser, idOf } from '../helpers/auth.ts'
import { earlierVersions, type UpgradedMachine, upgradeMachine } from '../helpers/upgrade.ts'

/** A machine that has a backup of a database, with users among its rows. */
let machine: UpgradedMachine
let origin: AuthApi
let target: AuthApi
let reference: string
beforeAll(async () => {
  const [version = ''] = await earlierVersions()
  machine = await upgradeMachine(version)
  origin = await startAuthApi()
  target = await startAuthApi({ recording: true })
  reference = new URL(target.url).host
  await machine.configure({
    SUPABASE_URL: origin.url,
    SUPABASE_SERVICE_ROLE_KEY: origin.serviceRoleKey,
    TEST_SUPABASE_URL: target.url,
    TEST_SUPABASE_SERVICE_ROLE_KEY: target.serviceRoleKey,
  })
})
afterAll(async () => {
  await machine?.remove()
  await target?.stop()
  await origin?.stop()
})

async function report(script: 'backup.sh' | 'restore.sh', ...args: string[]) {
  const { code, stdout, stderr } = await machine.run(script, ...args, '--json')
  expect(code, stderr).toBe(0)
  return runReportSchema.parse(JSON.parse(stdout))
}

const exportedSchema = z.looseObject({ folder: z.string(), users: z.number() })

it('users among the rows of a backup are created at a project of which only the API is known, with their passwords', async () => {
  const users = await Array.fromAsync(readUsers(machine.generation))
  expect(users.length).toBeGreaterThan(0)
  const withPassword = users.find(({ passwordHash }) => passwordHash?.startsWith('$2'))
  const args = ['--only', 'auth', '--archive', 'Local', '--target', 'test', '--confirm', reference, '--yes']
  const { components, verification } = await report('restore.sh', ...args, '--no-safety-backup')
  expect(components).toMatchObject([{ component: 'auth', counts: { users: users.length } }])
  expect(verification).toMatchObject({ ok: true, differences: [] })
  expect(target.users.size).toBeGreaterThan(0)
  expect(target.users.get(withPassword?.id ?? '')?.encrypted_password).toBe(withPassword?.passwordHash)
})

it('users among the rows of a backup are exported by themselves', async () => {
  const directory = join(machine.generation, '..', 'users-export')
  const { code, stdout, stderr } = await machine.run(
    'restore.sh',
    ...['--export', directory, '--archive', 'Local', '--only', 'auth', '--json'],
  )
  expect(code, stderr).toBe(0)
  const { folder, users } = exportedSchema.parse(JSON.parse(stdout))
  const known = await Array.fromAsync(readUsers(machine.generation))
  const list = JSON.parse(await readFile(join(folder, 'auth_users.json'), 'utf8'))
  expect(list.map(({ id }: { id: string }) => id).sort()).toEqual(known.map(({ id }) => id).sort())
  expect(users).toBe(known.length)
})

it('users are backed up by the API where the database is not, and a drill proves them', async () => {
  for (let number = 1; number <= 20; number += 1) addUser(origin, number)
  const { components } = await report('backup.sh', '--only', 'auth')
  const statusOf = (name: string) => components.find(({ component }) => component === name)?.status
  expect([statusOf('database'), statusOf('storage'), statusOf('auth')]).toEqual([
    ...['carried', 'carried', 'complete'],
  ])
  expect(components.find(({ component }) => component === 'auth')?.counts).toMatchObject({ users: 20 })
  target.users.clear()
  const drill = await report('restore.sh', '--test', '--yes', '--only', 'auth')
  expect(drill.verification).toMatchObject({ ok: true, counts: { usersCompared: 20 } })
  expect(target.users.has(idOf(20))).toBe(true)
  const page = await readFile(join(machine.generation, 'RECOVERY.md'), 'utf8')
  expect(page).toContain('auth/users.jsonl')
})
