import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import { findClients, type PostgresClients } from '../../../src/database/clients.ts'
import { parseConnection } from '../../../src/database/connection.ts'
import { type DatabaseRestore, restoreDatabase } from '../../../src/database/restore.ts'
import { verifyDatabase } from '../../../src/database/verify.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** Functions that look up names where the session says, and what is made of them. */
const unqualified = `
CREATE SCHEMA shop;
ALTER DATABASE postgres SET search_path = shop, public, extensions;
CREATE FUNCTION public.f2(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(t)';
CREATE FUNCTION public.f1(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT f2(t)';
CREATE TABLE public.chained (id int, b text, v text GENERATED ALWAYS AS (f1(b)) STORED);
INSERT INTO public.chained (id, b) VALUES (1, 'x');
SET search_path = shop, public, extensions;
CREATE FUNCTION strip(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT trim(t)';
CREATE FUNCTION key(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(strip(t))';
CREATE TABLE items (id int PRIMARY KEY, name text, kind regclass, CHECK (key(name) <> ''));
CREATE DOMAIN word AS text CHECK (strip(VALUE) = VALUE);
CREATE TABLE words (w word DEFAULT strip(' a '));
INSERT INTO items VALUES (1, ' A', 'shop.items'), (2, 'b ', 'public.chained');
INSERT INTO words DEFAULT VALUES;
CREATE POLICY p ON items USING (key(name) = 'a');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER t BEFORE UPDATE ON items FOR EACH ROW WHEN (key(NEW.name) <> key(OLD.name)) EXECUTE FUNCTION touch();
RESET search_path;
`

/** PostgreSQL 17 looks up names in pg_catalog alone while it builds an index or fills a materialized view. */
const unqualifiedBefore17 = `
SET search_path = shop, public, extensions;
ALTER TABLE items ADD EXCLUDE USING btree (key(name) WITH =);
CREATE UNIQUE INDEX items_key ON items (key(name)) WHERE key(name) <> 'none';
CREATE MATERIALIZED VIEW keys AS SELECT key(name) AS key FROM items;
RESET search_path;
`

async function clientsOf17(): Promise<PostgresClients> {
  const { binDirectory } = await prepareClients17()
  return findClients({ serverMajor: 17, pgBinDir: binDirectory, log: silentLog, phase: 'test' })
}

describe.each([15, 17] as const)('a restore on PostgreSQL %s', (major) => {
  let source: TestPlatform
  let target: TestPlatform
  let clients: PostgresClients
  let generation: string
  let restored: DatabaseRestore

  const options = () => ({
    ...{ generation, clients, log: silentLog },
    target: parseConnection({ url: target.databaseUrl }, 'test'),
    superuser: parseConnection({ url: target.superuserUrl }, 'test'),
  })

  beforeAll(async () => {
    ;[source, target, clients] = await Promise.all([
      startTestPlatform({ major }),
      startTestPlatform({ major }),
      major === 15 ? testClients() : clientsOf17(),
    ])
    await query(source.databaseUrl, unqualified)
    if (major < 17) await query(source.databaseUrl, unqualifiedBefore17)
    generation = await backupInto(source.databaseUrl, clients)
    restored = await restoreDatabase(options())
  })

  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()])
    await rm(generation, { recursive: true, force: true })
  })

  test('looks up names in functions where the origin did', async () => {
    expect(await query(target.databaseUrl, 'SELECT v FROM public.chained')).toEqual([{ v: 'X' }])
    const { differences } = await verifyDatabase({ ...options(), weakened: restored.weakened })
    expect(differences).toEqual([])
  })
})
