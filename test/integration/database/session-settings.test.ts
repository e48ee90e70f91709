import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { contentsText, query, schemaText } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'

/** What reads otherwise, or means something else, by a setting of the session. */
const application = String.raw`
CREATE TABLE public.words (id int PRIMARY KEY, t text DEFAULT E'a\\b''c' CHECK (t ~ '^a\\'));
COMMENT ON TABLE public.words IS 'back\slash ''quoted''';
CREATE TABLE public."sl\ash" (i int, "c\d" int);
CREATE TYPE public.kind AS ENUM ('a\b', 'it''s\');
CREATE TABLE public.kinds (k public.kind);
CREATE FUNCTION public.slashes(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT replace(t, ''\'', ''/'')';
CREATE FUNCTION public.slashes_too(t text) RETURNS text LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT replace(t, E'\\', '/'); END;
ALTER TABLE public.words ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON public.words USING (t LIKE 'a\\%');
CREATE TABLE public.lists (l text[]);
CREATE VIEW public.nothing AS SELECT l = NULL AS never FROM public.lists;
CREATE TABLE public.prices (m money DEFAULT 1234.5, umlaut text DEFAULT 'ä €');
CREATE ROLE "r\ole";
INSERT INTO public.words VALUES (1);
INSERT INTO public.kinds VALUES ('a\b');
INSERT INTO public.lists VALUES (ARRAY[NULL, 'NULL']);
INSERT INTO public.prices DEFAULT VALUES;
`

/** Settings that any role may be given, and that change how SQL is read, written or allowed. */
const settings = [
  'standard_conforming_strings = off',
  'backslash_quote = off',
  'array_nulls = off',
  'transform_null_equals = on',
  "client_encoding = 'LATIN1'",
  "lc_monetary = 'POSIX'",
  "DateStyle = 'SQL, DMY'",
  "TimeZone = 'Pacific/Chatham'",
  "bytea_output = 'escape'",
  'extra_float_digits = -3',
  'quote_all_identifiers = on',
  'exit_on_error = on',
  'enable_tidscan = off',
  'check_function_bodies = on',
  "xmloption = 'document'",
  'default_transaction_read_only = on',
  "default_transaction_isolation = 'serializable'",
  'default_transaction_deferrable = on',
  "statement_timeout = '1s'",
  "lock_timeout = '1s'",
  "idle_in_transaction_session_timeout = '500ms'",
]
const settingsSince17 = [
  "createrole_self_grant = 'set, inherit'",
  "restrict_nonsystem_relation_kind = 'view'",
]

describe.each(majors)('a role with settings of its own on PostgreSQL %i', (major) => {
  let pair: DatabasePair

  beforeAll(async () => {
    const all = major === 17 ? [...settings, ...settingsSince17] : settings
    pair = await openDatabasePair(async ({ source }) => {
      await query(source.databaseUrl, application)
      await query(source.databaseUrl, all.map((setting) => `ALTER ROLE postgres SET ${setting}`).join('; '))
    }, major)
  })
  afterAll(() => pair?.stop())

  test('is backed up, restored twice, and equal', async () => {
    for (const _ of ['a fresh target', 'one that has the settings by now']) {
      expect((await restoreDatabase(pair.options())).weakened).toEqual([])
      expect((await verifyDatabase(pair.options())).differences).toEqual([])
    }
    expect(await schemaText(pair.target.databaseUrl, pair.clients)).toBe(
      await schemaText(pair.source.databaseUrl, pair.clients),
    )
    expect(await contentsText(pair.target.databaseUrl)).toBe(await contentsText(pair.source.databaseUrl))
  })

  test('gets a table back by itself', async () => {
    const selection = { schemas: [], tables: [{ schema: 'public', name: 'words' }] }
    expect((await restoreSelection({ ...pair.options(), selection })).weakened).toEqual([])
    expect((await verifyDatabase(pair.options())).differences).toEqual([])
  })

  test('has it named where the database was made read only, which the backup does not say', async () => {
    const set = (what: string) =>
      query(pair.target.databaseUrl, `SET transaction_read_only = off; ALTER DATABASE postgres ${what}`)
    await set('SET default_transaction_read_only = on')
    const { differences } = await verifyDatabase(pair.options())
    expect(differences.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'setting default_transaction_read_only of the database',
    ])
    expect((await restoreDatabase(pair.options())).weakened).toEqual([])
    expect((await verifyDatabase(pair.options())).differences).toEqual([])
  })

  test('has a string that was changed by a backslash named', async () => {
    await query(
      pair.target.databaseUrl,
      `SET transaction_read_only = off; COMMENT ON TABLE public.words IS E'backslash ''quoted'''`,
    )
    const { differences } = await verifyDatabase(pair.options())
    expect(differences.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'comment COMMENT public TABLE "words"',
    ])
  })
})
