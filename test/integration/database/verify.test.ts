import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let platform: TestPlatform
let clients: PostgresClients
let generation: string

const verify = () =>
  verifyDatabase({
    generation,
    target: parseConnection({ url: platform.databaseUrl }, 'test'),
    clients,
    log: silentLog,
  })

beforeAll(async () => {
  ;[platform, clients] = await Promise.all([startTestPlatform(), testClients()])
  await query(platform.databaseUrl, smallApplication)
  await query(platform.databaseUrl, `SELECT vault.create_secret('first value', 'api key', 'a key')`)
  generation = await backupInto(platform.databaseUrl, clients)
})

afterAll(async () => {
  await platform?.stop()
  await rm(generation, { recursive: true, force: true })
})

/** What is done to the database, what undoes it, and the difference that must be seen. */
const mutations: [what: string, sql: string, undo: string, kind: string, name: string | RegExp][] = [
  [
    'a changed digit',
    'UPDATE app.orders SET total = 3.6 WHERE id = 7',
    'UPDATE app.orders SET total = 3.5 WHERE id = 7',
    'table',
    'app.orders',
  ],
  [
    'a missing row',
    `DELETE FROM supabase_migrations.schema_migrations`,
    `INSERT INTO supabase_migrations.schema_migrations VALUES ('20260101')`,
    'table',
    'supabase_migrations.schema_migrations',
  ],
  [
    'a changed account',
    `UPDATE auth.users SET email = 'user1@example.org' WHERE email = 'user1@example.com'`,
    `UPDATE auth.users SET email = 'user1@example.com' WHERE email = 'user1@example.org'`,
    'table',
    'auth.users',
  ],
  [
    'a table too many',
    'CREATE TABLE public.extra (a int)',
    'DROP TABLE public.extra',
    'table',
    'public.extra',
  ],
  [
    'a dropped policy',
    'DROP POLICY own_files ON storage.objects',
    'CREATE POLICY own_files ON storage.objects FOR SELECT USING (owner_id = auth.uid()::text)',
    'policy',
    'POLICY storage objects own_files',
  ],
  [
    'a policy switched off',
    'ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY',
    'policy',
    'ROW SECURITY app orders',
  ],
  [
    'a grant too many',
    'GRANT SELECT ON public.notes TO anon',
    'REVOKE ALL ON public.notes FROM anon',
    'grant',
    /notes/,
  ],
  [
    'a function open to everybody',
    'GRANT EXECUTE ON FUNCTION public.note_user() TO app_reader',
    'REVOKE EXECUTE ON FUNCTION public.note_user() FROM app_reader',
    'grant',
    /note_user/,
  ],
  [
    'a changed default privilege',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM app_reader',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO app_reader',
    'grant',
    /DEFAULT ACL app/,
  ],
  [
    'a missing index',
    'DROP INDEX public.notes_lower_idx',
    'CREATE INDEX ON public.notes (lower(body))',
    'index',
    'INDEX public notes_lower_idx',
  ],
  [
    'a disabled trigger',
    'ALTER TABLE public.notes DISABLE TRIGGER notes_touch',
    'ALTER TABLE public.notes ENABLE TRIGGER notes_touch',
    'trigger',
    'TRIGGER public notes notes_touch',
  ],
  [
    'a missing trigger on accounts',
    'DROP TRIGGER on_user ON auth.users',
    'CREATE TRIGGER on_user AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.note_user()',
    'trigger',
    'TRIGGER auth users on_user',
  ],
  [
    'a function that lost its rights',
    'ALTER FUNCTION public.note_user() SECURITY INVOKER',
    'ALTER FUNCTION public.note_user() SECURITY DEFINER',
    'object',
    'FUNCTION public note_user()',
  ],
  [
    'a dropped NOT NULL',
    'ALTER TABLE app.orders ALTER state DROP NOT NULL',
    'ALTER TABLE app.orders ALTER state SET NOT NULL',
    'object',
    'TABLE app orders',
  ],
  [
    'a dropped foreign key',
    'ALTER TABLE app.orders DROP CONSTRAINT orders_user_id_fkey',
    'ALTER TABLE app.orders ADD FOREIGN KEY (user_id) REFERENCES auth.users (id)',
    'constraint',
    'FK CONSTRAINT app orders orders_user_id_fkey',
  ],
  [
    'another owner',
    'ALTER TABLE app.orders OWNER TO postgres',
    'ALTER TABLE app.orders OWNER TO app_owner',
    'object',
    'TABLE app orders',
  ],
  [
    'a changed comment',
    `COMMENT ON TABLE public.notes IS 'other'`,
    `COMMENT ON TABLE public.notes IS 'notes'`,
    'comment',
    /notes/,
  ],
  [
    'a table no longer published',
    'ALTER PUBLICATION supabase_realtime DROP TABLE public.notes',
    'ALTER PUBLICATION supabase_realtime ADD TABLE public.notes',
    'publication',
    /supabase_realtime/,
  ],
  [
    'a sequence value',
    `SELECT setval('public.notes_id_seq', 5)`,
    `SELECT setval('public.notes_id_seq', 20)`,
    'sequence',
    'public.notes_id_seq',
  ],
  [
    'a platform sequence that is behind',
    `SELECT setval('auth.refresh_tokens_id_seq', 40)`,
    `SELECT setval('auth.refresh_tokens_id_seq', 41)`,
    'sequence',
    'auth.refresh_tokens_id_seq',
  ],
  [
    'a byte of a large object',
    `SELECT lo_put(4711, 12345, '\\x01')`,
    `SELECT lo_put(4711, 12345, substr(decode(repeat('00ff41', 200000), 'hex'), 12346, 1))`,
    'large object',
    '4711',
  ],
  [
    'a role that may do more',
    'ALTER ROLE app_owner LOGIN',
    'ALTER ROLE app_owner NOLOGIN',
    'role',
    'app_owner',
  ],
  [
    'a missing membership',
    'REVOKE app_reader FROM authenticated',
    'GRANT app_reader TO authenticated',
    'membership',
    'app_reader to authenticated',
  ],
  [
    'a missing role setting',
    'ALTER ROLE app_reader RESET work_mem',
    `ALTER ROLE app_reader SET work_mem = '5MB'`,
    'setting',
    'work_mem of app_reader',
  ],
  [
    'another secret',
    `SELECT vault.update_secret(id, 'second value') FROM vault.secrets`,
    `SELECT vault.update_secret(id, 'first value') FROM vault.secrets`,
    'secret value',
    'api key',
  ],
  [
    'an identity without its user',
    `SET session_replication_role = replica; UPDATE auth.identities SET user_id = '00000000-0000-0000-0000-000000000000' WHERE id = (SELECT min(id::text)::uuid FROM auth.identities)`,
    `SET session_replication_role = replica; UPDATE auth.identities SET user_id = provider_id::uuid`,
    'orphan',
    /^auth\.identities\./,
  ],
  ['another password', `ALTER ROLE app_reader PASSWORD 'changed'`, '', 'role password', 'app_reader'],
]

describe('the verification of a database', () => {
  test('finds nothing where nothing was changed', async () => {
    expect(await verify()).toMatchObject({ ok: true, differences: [] })
  })

  test.each(mutations)('sees %s', async (_, sql, undo, kind, name) => {
    await query(platform.databaseUrl, sql)
    const { ok, differences } = await verify()
    if (undo !== '') await query(platform.databaseUrl, undo)
    expect(ok).toBe(false)
    const named = differences.filter((each) => each.kind === kind).map((each) => each.name)
    expect(named).toContainEqual(name instanceof RegExp ? expect.stringMatching(name) : name)
    expect(JSON.stringify(differences)).not.toMatch(/SCRAM|(first|second) value/)
  })

  test('sees an extension in another schema', async () => {
    await query(platform.superuserUrl, 'ALTER EXTENSION citext SET SCHEMA app')
    const { differences } = await verify()
    await query(platform.superuserUrl, 'ALTER EXTENSION citext SET SCHEMA public')
    expect(differences).toContainEqual({
      kind: 'extension',
      name: 'citext',
      expected: 'in schema public',
      actual: 'in schema app',
    })
  })

  test('finds only what could not be undone after all of that', async () => {
    const { differences } = await verify()
    expect(differences.map(({ kind }) => kind)).toEqual(['role password'])
  })
})
