import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { contentsText, query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'

let pair: DatabasePair

/** As the service that owns the tables would, in a migration. */
const migrate = (sql: string) => query(pair.target.superuserUrl, sql)

beforeAll(async () => {
  pair = await openDatabasePair(async ({ source }) => {
    await query(source.databaseUrl, smallApplication)
    await query(
      source.databaseUrl,
      `UPDATE auth.users SET phone_change_token = 'lost -- ' || email, raw_user_meta_data = '{"a": "x\\ty"}'`,
    )
  })
})
afterAll(() => pair?.stop())

describe('a target whose Auth service', () => {
  const users = `SELECT id, email, raw_user_meta_data, created_at FROM auth.users ORDER BY id`

  test('is newer, with a column more, takes the rows', async () => {
    await migrate(`ALTER TABLE auth.users ADD COLUMN of_the_future text DEFAULT 'default'`)
    const { status } = await restoreDatabase(pair.options())
    expect(status).toBe('complete')
    expect(await query(pair.target.databaseUrl, users)).toEqual(await query(pair.source.databaseUrl, users))
    expect((await verifyDatabase(pair.options())).differences).toEqual([])
    await migrate('ALTER TABLE auth.users DROP COLUMN of_the_future')
  })

  test('is newer, and demands a value the backup does not have, is refused', async () => {
    await migrate('TRUNCATE auth.users CASCADE; ALTER TABLE auth.users ADD COLUMN demanded text NOT NULL')
    await expect(restoreDatabase(pair.options())).rejects.toMatchObject({
      code: 'TARGET_COLUMNS_INCOMPATIBLE',
      detail: 'auth.users.demanded',
    })
    await migrate('ALTER TABLE auth.users DROP COLUMN demanded')
  })

  test('is older, with a column less, takes the rows without it, and the loss is reported', async () => {
    await migrate('ALTER TABLE auth.users DROP COLUMN phone_change_token')
    const { status, findings } = await restoreDatabase(pair.options())
    expect(status).toBe('degraded')
    expect(findings.find(({ kind }) => kind === 'service-columns-lost')?.names).toEqual([
      'auth.users.phone_change_token',
    ])
    expect(await query(pair.target.databaseUrl, users)).toEqual(await query(pair.source.databaseUrl, users))
    expect((await verifyDatabase(pair.options())).differences).toEqual([])
  })

  test('is older, and lacks a column that is never empty, is refused and stays as it was', async () => {
    await migrate('ALTER TABLE auth.identities DROP COLUMN provider_id CASCADE')
    const before = await contentsText(pair.target.databaseUrl)
    await expect(restoreDatabase(pair.options())).rejects.toMatchObject({
      code: 'TARGET_COLUMNS_INCOMPATIBLE',
      detail: 'auth.identities.provider_id',
    })
    expect(await contentsText(pair.target.databaseUrl)).toBe(before)
  })

  test('is older, and lacks a table with rows, is refused', async () => {
    await migrate('DROP TABLE auth.identities')
    await expect(restoreDatabase(pair.options())).rejects.toMatchObject({
      code: 'TARGET_COLUMNS_INCOMPATIBLE',
      detail: 'auth.identities',
    })
  })
})
