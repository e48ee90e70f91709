import { appendFile, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { libpqEnvironment, parseConnection } from '../../src/database/connect/connection.ts'
import { type ManagementApi, startManagementApi } from '../../src/standin/management-api/server.ts'
import { runCommand } from '../helpers/command.ts'
import { query } from '../helpers/database.ts'
import { fencesOf } from '../helpers/markdown.ts'
import { insertSealed, opensWithItsKey, rootKey, sealedSecrets } from '../helpers/sealed-secrets.ts'
import { openTwoProjects, type TwoProjects } from '../helpers/two-projects.ts'

const token = `sbp_${'0123456789'.repeat(4)}`
const sourceRef = 'abcdefghijklmnopqrst'
const targetRef = 'tsrqponmlkjihgfedcba'
const own = 'cd'.repeat(32)

let projects: TwoProjects
let api: ManagementApi
let superuserUrl: string
let whenSet: () => Promise<void>

beforeAll(async () => {
  projects = await openTwoProjects()
  const { source, target } = projects
  const superuser = ({ postgres }: typeof target) =>
    postgres.url(postgres.superuser.user, postgres.superuser.password)
  superuserUrl = superuser(target)
  await query(superuser(source.sandbox), `DELETE FROM vault.secrets; ${insertSealed}`)
  await query(superuserUrl, opensWithItsKey)
  api = await startManagementApi({
    token,
    async useRootKey(key) {
      await query(superuserUrl, `TRUNCATE vault.in_use; INSERT INTO vault.in_use VALUES ('${key}')`)
      await whenSet()
    },
  })
  whenSet = async () => {}
  await api.add({ ref: sourceRef, rootKey })
  await api.add({ ref: targetRef, rootKey: own })
  const settings = {
    ...{ SUPABASE_PROJECT_REF: sourceRef, TEST_SUPABASE_PROJECT_REF: targetRef, VAULT_MODE: 'root-key' },
    ...{ SUPABASE_ACCESS_TOKEN: token, TEST_SUPABASE_ACCESS_TOKEN: token, SUPABASE_API_URL: api.url },
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`)
  await appendFile(source.envFile, lines.join(''))
  const backup = await projects.run('backup.sh', '--only', 'database')
  expect(backup.code, backup.stderr).toBe(0)
})
afterEach(() => {
  whenSet = async () => {}
})
afterAll(async () => {
  await api?.stop()
  await projects?.stop()
})

const key = () => api.projects.get(targetRef)?.rootKey
const keptKeys = async () =>
  (await readdir(projects.state)).filter((name) => name.startsWith('former-root-key'))

function restore(...args: string[]) {
  const confirmed = ['--target', 'test', '--confirm', targetRef, '--yes', '--json']
  return projects.run('restore.sh', ...confirmed, ...args)
}

const anew = ['--archive', 'Local', '--only', 'database', '--no-safety-backup'] as const

/** Kills what restores, as the system does for want of memory: nothing of it can act any more. */
async function killWorkers(): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (/\/restore\.[jt]s\0restore\0/.test(command) && command.includes(projects.folder))
      process.kill(Number(pid), 'SIGKILL')
  }
}

test('A restore that is killed when it has set the root key leaves the target’s own to --resume, which sets it again', async () => {
  whenSet = killWorkers
  expect((await restore(...anew)).code).not.toBe(0)
  whenSet = async () => {}
  expect(key()).toBe(rootKey)
  expect(await keptKeys()).toEqual([`former-root-key.${targetRef}`])
  const resumed = await restore('--resume')
  expect(JSON.parse(resumed.stdout)).toMatchObject({
    error: {
      code: 'NOTHING_TO_RESUME',
      message: expect.stringContaining('its vault has its own root key again'),
    },
  })
  expect({ key: key(), kept: await keptKeys() }).toEqual({ key: own, kept: [] })
})

test('A restore that is begun anew after that, and ends well, needs the target’s own no more', async () => {
  whenSet = killWorkers
  expect((await restore(...anew)).code).not.toBe(0)
  whenSet = async () => {}
  const restored = await restore(...anew)
  expect(restored.code, restored.stderr).toBe(0)
  expect({ key: key(), kept: await keptKeys() }).toEqual({ key: rootKey, kept: [] })
  const rows = await query(
    superuserUrl,
    'SELECT id, name, decrypted_secret AS value FROM vault.decrypted_secrets ORDER BY name',
  )
  expect(rows).toEqual(sealedSecrets.map(({ id, name, value }) => ({ id, name, value })))
})

test('RECOVERY.md’s command for sealed secrets, as it is typed, makes each of them anew on a server that has the key', async () => {
  const generation = projects.source.sandbox.environment()['LOCAL_BACKUP_DIR'] ?? ''
  const page = await readFile(join(generation, 'RECOVERY.md'), 'utf8')
  const block = fencesOf(page).find(({ language, text }) => language === 'sh' && text.includes('vault.jsonl'))
  await query(superuserUrl, 'DELETE FROM vault.secrets; TRUNCATE vault.in_use')
  const env = {
    ...libpqEnvironment(parseConnection({ url: projects.target.databaseUrl }, 'test')),
    ...{ PATH: `${process.env['PATH']}`, HOME: projects.folder },
  }
  const type = () => runCommand('bash', ['--norc', '-s'], { env, cwd: generation, input: block?.text ?? '' })
  // Under another key it says so, and makes nothing that could pass for a secret.
  const failed = await type()
  expect(failed.code).not.toBe(0)
  expect(failed.stderr).toContain('invalid ciphertext')
  const names =
    'SELECT name, description, decrypted_secret AS value FROM vault.decrypted_secrets ORDER BY name'
  expect(await query(superuserUrl, names)).toEqual([])
  await query(superuserUrl, `INSERT INTO vault.in_use VALUES ('${rootKey}')`)
  expect(await type()).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await query(superuserUrl, names)).toEqual(
    sealedSecrets.map(({ name, value }) => ({ name, description: 'of the cave', value })),
  )
})
