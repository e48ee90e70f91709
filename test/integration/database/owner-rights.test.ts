import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { query, schemaText } from '../../helpers/database.ts'
import { type DatabasePair, openDatabasePair } from '../../helpers/database-pair.ts'
import { majors } from '../../helpers/majors.ts'

/** Owners who gave up rights of their own that making and filling the objects takes. */
const application = `
CREATE FUNCTION public.plain(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
CREATE TABLE public.words (id serial PRIMARY KEY, word text, twin text GENERATED ALWAYS AS (public.plain(word)) STORED);
INSERT INTO public.words (word) VALUES ('A'), ('B');
CREATE INDEX by_plain ON public.words (public.plain(word));
CREATE MATERIALIZED VIEW public.plain_words AS SELECT public.plain(word) AS word FROM public.words;
REVOKE ALL ON FUNCTION public.plain(text) FROM PUBLIC, anon, authenticated, service_role, postgres;
CREATE TABLE public.parents (id int PRIMARY KEY); CREATE TABLE public.children (parent int REFERENCES public.parents);
INSERT INTO public.parents VALUES (1); INSERT INTO public.children VALUES (1);
REVOKE ALL ON public.parents FROM postgres; REVOKE ALL ON SEQUENCE public.words_id_seq FROM postgres;
CREATE ROLE keeper; GRANT keeper TO postgres; GRANT CREATE ON SCHEMA public TO keeper; SET ROLE keeper;
CREATE TABLE public.kept (id serial PRIMARY KEY); INSERT INTO public.kept DEFAULT VALUES; INSERT INTO public.kept DEFAULT VALUES;
REVOKE ALL ON public.kept, public.kept_id_seq FROM keeper; RESET ROLE;
CREATE SCHEMA closed; CREATE TABLE closed.t (id int PRIMARY KEY); INSERT INTO closed.t VALUES (1); REVOKE ALL ON SCHEMA closed FROM postgres;
SELECT lo_from_bytea(4711, 'abc'); REVOKE ALL ON LARGE OBJECT 4711 FROM postgres;
`

describe.each(majors)('an owner without rights of his own, on PostgreSQL %i,', (major) => {
  let pair: DatabasePair

  beforeAll(async () => {
    pair = await openDatabasePair(({ source }) => query(source.databaseUrl, application), major)
  })
  afterAll(() => pair?.stop())

  test('keeps nothing from coming back as it was', async () => {
    expect(await restoreDatabase(pair.options())).toMatchObject({ weakened: [] })
    expect(await verifyDatabase(pair.options())).toMatchObject({ differences: [] })
    expect(await schemaText(pair.target.databaseUrl, pair.clients)).toBe(
      await schemaText(pair.source.databaseUrl, pair.clients),
    )
    await query(pair.target.databaseUrl, 'GRANT EXECUTE ON FUNCTION public.plain(text) TO postgres')
    const { differences } = await verifyDatabase(pair.options())
    expect(differences).toMatchObject([{ kind: 'grant', name: expect.stringContaining('plain') }])
  })

  test('keeps nothing chosen from coming back either', async () => {
    const selection = { schemas: ['public', 'closed'], tables: [] }
    await restoreSelection({ ...pair.options(), selection })
    expect(await verifyDatabase(pair.options())).toMatchObject({ differences: [] })
  })
})
