import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ComponentResult } from '../../../src/common/findings.ts'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { clutter } from '../../helpers/application-sql.ts'
import {
  backupInto,
  contentsText,
  installHostile,
  query,
  rolesText,
  schemaText,
  testClients,
} from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

const options = () => ({
  generation,
  target: parseConnection({ url: target.databaseUrl }, 'test'),
  superuser: parseConnection({ url: target.superuserUrl }, 'test'),
  clients,
  log: silentLog,
})

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await installHostile(source)
  generation = await backupInto(source.databaseUrl, clients)
  await query(target.databaseUrl, clutter)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a hostile database', () => {
  let result: ComponentResult

  test('is restored without an error over what stood in the target', async () => {
    result = await restoreDatabase(options())
    expect(result.status).toBe('complete')
  })

  test('has the same schema, line by line', async () => {
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
  })

  test('has the same rows, sequences and large objects', async () => {
    const platformSequence = /auth\.refresh_tokens_id_seq: 1\n.*/
    const text = async ({ databaseUrl }: TestPlatform) =>
      (await contentsText(databaseUrl)).replace(platformSequence, '')
    expect(await text(target)).toBe(await text(source))
  })

  test('has the same roles, memberships and settings', async () => {
    expect(await rolesText(target.databaseUrl)).toBe(await rolesText(source.databaseUrl))
  })

  test('verifies as equal', async () => {
    expect((await verifyDatabase(options())).differences).toEqual([])
  })

  test('names what took a superuser here', () => {
    const found = result.findings.find(({ kind }) => kind === 'restored-as-superuser')
    expect(found?.names.toSorted()).toEqual([
      'EVENT TRIGGER asleep',
      'EVENT TRIGGER watch -- ddl',
      'FOREIGN DATA WRAPPER own wrapper',
      'PUBLICATION TABLES IN SCHEMA of_schema app',
      'PUBLICATION everything',
      'ROLE authenticated SET statement_timeout',
    ])
  })

  test('comes to the same when it is restored again', async () => {
    await restoreDatabase(options())
    expect((await verifyDatabase(options())).differences).toEqual([])
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
  })
})
