import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { settleRootKey } from '../../../src/database/restore/root-key.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { type ManagementApi, startManagementApi } from '../../../src/standin/management-api/server.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'
import { insertSealed, opensWithItsKey, rootKey, sealedSecrets } from '../../helpers/sealed-secrets.ts'

const token = `sbp_${'0123456789'.repeat(4)}`
const ref = 'abcdefghijklmnopqrst'
const former = 'ab'.repeat(32)

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string
let api: ManagementApi
let whenSet: () => void
let stateDirectory: string

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.superuserUrl, insertSealed)
  await query(target.superuserUrl, opensWithItsKey)
  generation = await backupInto(source.databaseUrl, clients, { rootKey })
  stateDirectory = await mkdtemp(join(tmpdir(), 'supabase-backup-state-'))
  api = await startManagementApi({
    token,
    async useRootKey(key) {
      await query(target.superuserUrl, `TRUNCATE vault.in_use; INSERT INTO vault.in_use VALUES ('${key}')`)
      whenSet()
    },
  })
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop(), api?.stop()])
  for (const folder of [generation, stateDirectory]) await rm(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  whenSet = () => {}
  await query(target.superuserUrl, 'TRUNCATE vault.in_use')
  api.projects.clear()
  await api.add({ ref, rootKey: former })
  api.requests.length = 0
})

const connection = () => parseConnection({ url: target.databaseUrl }, 'test')
const options = () => ({ generation, target: connection(), clients, log: silentLog })

const settle = (withApi = true, patienceMs = 2_000, signal?: AbortSignal) =>
  settleRootKey({
    ...{ generation, log: silentLog, disposable: false, stateDirectory, patienceMs, signal },
    target: {
      ...{ role: 'target', reference: ref, storage: undefined, database: connection() },
      management: withApi ? { endpoint: { url: api.url, token }, ref } : undefined,
    },
  })

const restored = async (opensSecrets: boolean) => {
  const { findings } = await restoreDatabase({ ...options(), opensSecrets })
  const { differences } = await verifyDatabase({ ...options(), disarmed: true })
  const rows = await query(
    target.databaseUrl,
    'SELECT id, name, decrypted_secret AS value FROM vault.decrypted_secrets ORDER BY name',
  )
  return { kinds: findings.map(({ kind }) => kind), differences, rows }
}

const values = sealedSecrets.map(({ name, value }) => expect.objectContaining({ name, value }))

test('A backup with the root key has the secrets as they are, and none of their values', async () => {
  const database = join(generation, 'database')
  for (const file of await readdir(database, { recursive: true }))
    if ((await stat(join(database, file))).isFile())
      expect(await readFile(join(database, file), 'latin1')).not.toMatch(/open sesame|12345678901234567890/)
  expect(await readFile(join(database, 'vault-root.key'), 'utf8')).toBe(`${rootKey}\n`)
})

test('A backup to be made with a root key that is not the vault’s, or with none, has the values and says so', async () => {
  await query(source.superuserUrl, 'DELETE FROM vault.secrets')
  try {
    await query(source.databaseUrl, "SELECT vault.create_secret('sesame', 'door')")
    for (const capture of [{ rootKey }, { rootKey: undefined, because: 'There is no way.' }]) {
      const without = await backupInto(source.databaseUrl, clients, capture)
      expect(await readdir(join(without, 'database'))).not.toContain('vault-root.key')
      expect(await readFile(join(without, 'database/vault.jsonl'), 'utf8')).toContain('"sesame"')
      await rm(without, { recursive: true })
    }
  } finally {
    await query(source.superuserUrl, `DELETE FROM vault.secrets; ${insertSealed}`)
  }
})

describe('A target with another root key', () => {
  test('gets the secrets anew where that key cannot be set, which is named; a value that differs is seen', async () => {
    const { opens, findings } = await settle(false)
    expect({ opens, kinds: findings.map(({ kind }) => kind) }).toEqual({
      opens: false,
      kinds: ['vault-root-key-not-set'],
    })
    const { kinds, differences, rows } = await restored(opens)
    expect({ kinds, differences }).toEqual({
      kinds: expect.arrayContaining(['vault-ids-changed']),
      differences: [],
    })
    expect(rows).toEqual(values)
    await query(
      target.databaseUrl,
      `SELECT vault.update_secret(id, 'another') FROM vault.secrets WHERE name = 'door'`,
    )
    const verified = await verifyDatabase({ ...options(), disarmed: true })
    expect(verified.differences).toEqual([expect.objectContaining({ kind: 'secret value', name: 'door' })])
  })

  test('is given the backup’s by its Management API, and the rows as they were', async () => {
    const { opens, findings, isReplaced, forget } = await settle()
    expect({ opens, isReplaced, kinds: findings.map(({ kind }) => kind) }).toEqual({
      ...{ opens: true, isReplaced: true },
      kinds: ['vault-root-key-set'],
    })
    expect(api.projects.get(ref)?.rootKey).toBe(rootKey)
    await forget()
    expect(await readdir(stateDirectory)).toEqual([])
    const { kinds, differences, rows } = await restored(opens)
    expect({ differences, changed: kinds.includes('vault-ids-changed') }).toEqual({
      differences: [],
      changed: false,
    })
    expect(rows).toEqual(sealedSecrets.map(({ id, name, value }) => ({ id, name, value })))
  })

  test('has its own again after a restore that failed, or where the database does not use the other', async () => {
    const settled = await settle()
    await settled.putBack()
    expect(api.projects.get(ref)?.rootKey).toBe(former)
    const ended = new AbortController()
    whenSet = () => ended.abort(new Error('the end'))
    await query(target.superuserUrl, 'TRUNCATE vault.in_use')
    await query(target.superuserUrl, 'CREATE RULE unused AS ON INSERT TO vault.in_use DO INSTEAD NOTHING')
    await expect(settle(true, 60_000, ended.signal)).rejects.toThrow('the end')
    expect(api.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(4)
    expect(api.projects.get(ref)?.rootKey).toBe(former)
    whenSet = () => {}
    const { opens, findings } = await settle(true, 50)
    expect({ opens, kinds: findings.map(({ kind }) => kind), key: api.projects.get(ref)?.rootKey }).toEqual({
      ...{ opens: false, kinds: ['vault-root-key-not-set'] },
      key: former,
    })
    expect(findings[0]?.message).toMatch(/the key before was put back.*restart the database/)
    await query(target.superuserUrl, 'DROP RULE unused ON vault.in_use')
  })

  test('has its own again after a restore that was killed when it had set the other, and one more that failed', async () => {
    await settle()
    // Killed here. The next one finds the backup's key in its place.
    const [kept = ''] = await readdir(stateDirectory)
    expect((await stat(join(stateDirectory, kept))).mode & 0o777).toBe(0o600)
    expect(api.projects.get(ref)?.rootKey).toBe(rootKey)
    const { opens, isReplaced, putBack } = await settle()
    expect({ opens, isReplaced }).toEqual({ opens: true, isReplaced: true })
    api.faults.push({ status: 403, path: '/pgsodium' })
    await expect(putBack()).rejects.toMatchObject({
      code: 'ROOT_KEY_NOT_PUT_BACK',
      message: expect.stringContaining(join(stateDirectory, kept)),
    })
    await putBack()
    expect(api.projects.get(ref)?.rootKey).toBe(former)
    expect(await readdir(stateDirectory)).toEqual([])
  })

  test('has its own again after a killed restore and a failed one of a backup with another key', async () => {
    await settle()
    // Killed here: what the target has now is the first backup's.
    await query(target.superuserUrl, 'TRUNCATE vault.in_use')
    const first = 'cd'.repeat(32)
    const project = api.projects.get(ref)
    if (project) project.rootKey = first
    const { isReplaced, putBack } = await settle()
    expect({ isReplaced, key: project?.rootKey }).toEqual({ isReplaced: true, key: rootKey })
    await putBack()
    expect(project?.rootKey).toBe(former)
    expect(await readdir(stateDirectory)).toEqual([])
  })

  test('has its own again after a killed restore and a failed one of a backup without a key; where that is committed, it is over', async () => {
    const without = await backupInto(source.databaseUrl, clients)
    const settleWithout = () =>
      settleRootKey({
        ...{ generation: without, log: silentLog, disposable: false, stateDirectory },
        target: {
          ...{ role: 'target', reference: ref, storage: undefined, database: connection() },
          management: { endpoint: { url: api.url, token }, ref },
        },
      })
    await settle()
    const failed = await settleWithout()
    expect(failed).toMatchObject({ opens: false, findings: [], isReplaced: true })
    await failed.putBack()
    expect(api.projects.get(ref)?.rootKey).toBe(former)
    await query(target.superuserUrl, 'TRUNCATE vault.in_use')
    await settle()
    await (await settleWithout()).forget()
    expect(await readdir(stateDirectory)).toEqual([])
    // What is there now is sealed by the key that it has: one more that fails leaves that.
    await (await settle()).putBack()
    expect(api.projects.get(ref)?.rootKey).toBe(rootKey)
    await rm(without, { recursive: true, force: true })
  })

  test('keeps the backup’s where a committed restore was killed before it could forget the former one, and the next fails', async () => {
    const client = new pg.Client(target.databaseUrl)
    await client.connect()
    const ended = async (how: 'commit' | 'rollback') => {
      await query(target.superuserUrl, 'TRUNCATE vault.in_use')
      const settled = await settle()
      await client.query('begin')
      const { rows } = await client.query('select pg_current_xact_id()::text as id')
      await settled.endsWith(rows[0].id)
      await client.query(how)
    }
    await ended('rollback')
    expect(await (await settle()).putBack()).toBe(true)
    expect(api.projects.get(ref)?.rootKey).toBe(former)
    await ended('commit')
    // Killed here: the file is still there, and what the target holds is sealed by the key that it has.
    expect(await readdir(stateDirectory)).toHaveLength(1)
    const next = await settle()
    expect(next.isReplaced).toBe(false)
    await next.putBack()
    expect(api.projects.get(ref)?.rootKey).toBe(rootKey)
    expect(await readdir(stateDirectory)).toEqual([])
    // A server that was brought back to before that moment knows nothing of it.
    await query(target.superuserUrl, 'TRUNCATE vault.in_use')
    const project = api.projects.get(ref)
    if (project) project.rootKey = former
    await (await settle()).endsWith('999999999999')
    expect(await (await settle()).putBack()).toBe(true)
    expect(project?.rootKey).toBe(former)
    await client.end()
  })

  test('keeps it where the token may not set another', async () => {
    api.faults.push({ status: 403, path: '/pgsodium' })
    const { opens, findings } = await settle()
    expect(opens).toBe(false)
    expect(findings[0]?.message).toMatch(/may not do this.*project_admin_write/)
    expect(api.requests).toEqual([`GET /v1/projects/${ref}/pgsodium`])
  })

  test('is left alone where it is a throwaway of a drill, or opens the secrets already', async () => {
    const drill = await settleRootKey({
      ...{ generation, log: silentLog, disposable: true, stateDirectory },
      target: { role: 'target', reference: ref, storage: undefined, database: connection() },
    })
    expect(drill).toMatchObject({ opens: false, findings: [] })
    await query(target.superuserUrl, `INSERT INTO vault.in_use VALUES ('${rootKey}')`)
    expect(await settle()).toMatchObject({ opens: true, findings: [], isReplaced: false })
    expect(api.requests).toEqual([])
  })
})
