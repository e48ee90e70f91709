import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/clients.ts'
import { parseConnection } from '../../../src/database/connection.ts'
import { restoreDatabase } from '../../../src/database/restore.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, contentsText, query, schemaText, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const clutter = `
CREATE SCHEMA old; CREATE TABLE old.t (a int); CREATE TABLE public.notes (other text); INSERT INTO public.notes VALUES ('x');
CREATE FUNCTION public.old_hook() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER old_hook AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION public.old_hook();
CREATE POLICY everyone ON storage.objects FOR SELECT USING (true);
INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), 'old@example.com');
SELECT lo_from_bytea(99, 'old'), setval('auth.refresh_tokens_id_seq', 77);
CREATE PUBLICATION old FOR TABLE old.t; ALTER PUBLICATION supabase_realtime ADD TABLE old.t;
`

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

const restore = (into = target) =>
  restoreDatabase({
    generation,
    target: parseConnection({ url: into.databaseUrl }, 'test'),
    clients,
    log: silentLog,
  })

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, smallApplication)
  generation = await backupInto(source.databaseUrl, clients)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a restore into a hosted-like target', () => {
  test('brings back the schema line by line and every row, over what stood there', async () => {
    await query(target.databaseUrl, clutter)
    const result = await restore()
    expect(result.status).toBe('complete')
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
    const moved = (text: string) => text.replace(/(auth\.refresh_tokens_id_seq: 1\n)\(\d+,/, '$1(41,')
    expect(moved(await contentsText(target.databaseUrl))).toBe(await contentsText(source.databaseUrl))
  })

  test('comes to the same when it is repeated', async () => {
    await restore()
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
  })
})
