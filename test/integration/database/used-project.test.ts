import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'
import { startTestPlatform } from '../../helpers/sandbox.ts'

/** What happens to a project in the course of its life, and what a server prints otherwise once it has read it back. */
const application = `
DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
COMMENT ON SCHEMA public IS 'made by a migration';
CREATE ROLE zz; CREATE ROLE aa;
CREATE TABLE public.t (id int PRIMARY KEY, status varchar(20) CHECK (status IN ('a', 'b')), n numeric CHECK (n > 1 AND (n > 2 AND n > 3)));
CREATE POLICY p ON public.t FOR SELECT TO zz, aa USING (status IN ('a', 'b'));
CREATE INDEX ON public.t (status) WHERE status IN ('a', 'b');
CREATE DOMAIN public.letter AS varchar CHECK (VALUE IN ('a', 'b'));
CREATE TABLE public.gen (a varchar, b bool GENERATED ALWAYS AS (a IN ('x', 'y')) STORED);
CREATE FUNCTION public.tab() RETURNS TABLE (a int, b text) LANGUAGE sql BEGIN ATOMIC SELECT 1, 'x'; END;
CREATE FUNCTION public.all_of_it() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT (SELECT 'a') UNION SELECT 'b'; END;
CREATE VIEW public.v AS SELECT q.id, 'literal' FROM (SELECT id, 'inner' FROM public.t) q WHERE q.id IN (SELECT 1);
CREATE FUNCTION public.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER changed BEFORE UPDATE ON public.t FOR EACH ROW WHEN (NEW.status IN ('a', 'b')) EXECUTE FUNCTION public.noop();
`

/** What its services and extensions count, which nobody may set. */
const life = `
SELECT setval('realtime.subscription_id_seq', 40);
CREATE SCHEMA IF NOT EXISTS cron; GRANT USAGE ON SCHEMA cron TO postgres;
CREATE SEQUENCE IF NOT EXISTS cron.runid_seq; GRANT SELECT ON cron.runid_seq TO postgres;
`

describe.each(majors)('a project on PostgreSQL %i', (major) => {
  let pair: DatabasePair

  const differences = async () => (await verifyDatabase(pair.options())).differences
  const ownerOfPublic = async () =>
    (
      await query(
        pair.target.databaseUrl,
        `SELECT nspowner::regrole::text AS owner, obj_description(oid) AS comment FROM pg_namespace WHERE nspname = 'public'`,
      )
    )[0]

  beforeAll(async () => {
    pair = await openDatabasePair(async ({ source, target }) => {
      await query(source.databaseUrl, application)
      await query(source.superuserUrl, `${life}; SELECT setval('cron.runid_seq', 102)`)
      await query(target.superuserUrl, life)
      await query(target.databaseUrl, 'CREATE ROLE aa')
    }, major)
  })
  afterAll(() => pair?.stop())

  test('comes back equal, with its own schema public, whatever its services counted', async () => {
    await restoreDatabase(pair.options())
    expect(await differences()).toEqual([])
    expect(await ownerOfPublic()).toEqual({ owner: 'postgres', comment: 'made by a migration' })
  })

  test('comes back equal by its schema public alone', async () => {
    await restoreDatabase(pair.options())
    await query(
      pair.target.databaseUrl,
      `ALTER SCHEMA public OWNER TO pg_database_owner; COMMENT ON SCHEMA public IS 'other';
      REVOKE USAGE ON SCHEMA public FROM anon; GRANT CREATE ON SCHEMA public TO authenticated`,
    )
    const changed = (await differences()).map(({ kind, name }) => `${kind} ${name}`)
    expect(changed).toEqual(
      expect.arrayContaining([
        'object SCHEMA public',
        'comment COMMENT SCHEMA "public"',
        'grant ACL SCHEMA "public"',
      ]),
    )
    await restoreSelection({ ...pair.options(), selection: { schemas: ['public'], tables: [] } })
    expect(await differences()).toEqual([])
  })

  test('gives way to one whose schema public is as new', async () => {
    await restoreDatabase(pair.options())
    const fresh = await startTestPlatform({ major })
    const other = await backupInto(fresh.databaseUrl, pair.clients)
    await fresh.stop()
    await restoreDatabase({ ...pair.options(), generation: other })
    const { differences: found } = await verifyDatabase({ ...pair.options(), generation: other })
    await rm(other, { recursive: true, force: true })
    expect(found).toEqual([])
    expect(await ownerOfPublic()).toMatchObject({ owner: 'pg_database_owner' })
  })

  test('is another one when a policy holds for one role less', async () => {
    await restoreDatabase(pair.options())
    await query(pair.target.databaseUrl, 'ALTER POLICY p ON public.t TO aa')
    expect((await differences()).map(({ name }) => name)).toEqual(['POLICY public t p'])
  })

  test('is another one when a check names one value more', async () => {
    await restoreDatabase(pair.options())
    await query(
      pair.target.databaseUrl,
      `ALTER TABLE public.t DROP CONSTRAINT t_status_check, ADD CHECK (status IN ('a', 'b', 'c'))`,
    )
    expect((await differences()).map(({ name }) => name)).toEqual(['TABLE public t'])
  })

  test('is equal but for a check that its rows no longer satisfy, and that is no longer the same once changed', async () => {
    await query(
      pair.source.databaseUrl,
      `CREATE SCHEMA later; CREATE TABLE later.many (n int);
      CREATE FUNCTION later.few() RETURNS bool LANGUAGE sql AS 'SELECT count(*) < 2 FROM later.many';
      CREATE TABLE later.checked (n int CONSTRAINT few CHECK (later.few()) CONSTRAINT small CHECK (n < 9));
      INSERT INTO later.checked VALUES (1); INSERT INTO later.many VALUES (1), (2)`,
    )
    const aged = await backupInto(pair.source.databaseUrl, pair.clients)
    await query(pair.source.databaseUrl, 'DROP SCHEMA later CASCADE')
    const { weakened } = await restoreDatabase({ ...pair.options(), generation: aged })
    expect(weakened.map(({ name }) => name)).toEqual(['CHECK CONSTRAINT later checked few'])
    const found = async (known: typeof weakened) =>
      (await verifyDatabase({ ...pair.options(), generation: aged, weakened: known })).differences.map(
        ({ name }) => name,
      )
    expect(await found(weakened)).toEqual([])
    expect(await found([])).toContain('TABLE later checked')
    await query(pair.target.databaseUrl, 'ALTER TABLE later.checked DROP CONSTRAINT small')
    expect(await found(weakened)).toContain('TABLE later checked')
    await rm(aged, { recursive: true, force: true })
  })
})
