import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, schemaText, testClients } from '../../helpers/database.ts'
import { majors } from '../../helpers/majors.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

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
  let source: TestPlatform
  let target: TestPlatform
  let clients: PostgresClients
  let generation: string

  const options = () => ({
    ...{ generation, clients, log: silentLog },
    target: parseConnection({ url: target.databaseUrl }, 'test'),
  })

  beforeAll(async () => {
    ;[source, target, clients] = await Promise.all([
      startTestPlatform({ major }),
      startTestPlatform({ major }),
      testClients(major),
    ])
    await query(source.databaseUrl, application)
    generation = await backupInto(source.databaseUrl, clients)
  })
  afterAll(async () => {
    await Promise.all([source?.stop(), target?.stop()])
    await rm(generation, { recursive: true, force: true })
  })

  test('keeps nothing from coming back as it was', async () => {
    expect(await restoreDatabase(options())).toMatchObject({ weakened: [] })
    expect(await verifyDatabase(options())).toMatchObject({ differences: [] })
    expect(await schemaText(target.databaseUrl, clients)).toBe(await schemaText(source.databaseUrl, clients))
    await query(target.databaseUrl, 'GRANT EXECUTE ON FUNCTION public.plain(text) TO postgres')
    const { differences } = await verifyDatabase(options())
    expect(differences).toMatchObject([{ kind: 'grant', name: expect.stringContaining('plain') }])
  })

  test('keeps nothing chosen from coming back either', async () => {
    const selection = { schemas: ['public', 'closed'], tables: [] }
    await restoreSelection({ ...options(), selection })
    expect(await verifyDatabase(options())).toMatchObject({ differences: [] })
  })
})
