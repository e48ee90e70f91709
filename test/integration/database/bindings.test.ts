import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { majors } from '../../helpers/majors.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const application = `
CREATE EXTENSION citext SCHEMA extensions; CREATE SCHEMA ops;
CREATE FUNCTION ops.same(text, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TABLE public.people (id int PRIMARY KEY, email extensions.citext, other extensions.citext);
CREATE TABLE public.invites (id int, email extensions.citext);
CREATE FUNCTION public.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE public.parted (email extensions.citext) PARTITION BY LIST ((NULLIF(email, 'x')));
`

/**
 * Definitions whose text is the same whichever operator they found when they were made: with the search path of the source
 * the one of citext, without it the one of text.
 */
const definitions: [what: string, drop: string, create: string, name: string][] = [
  [
    'a join by USING',
    'DROP VIEW public.v_using',
    'CREATE VIEW public.v_using AS SELECT p.id FROM public.people p JOIN public.invites i USING (email)',
    'VIEW public v_using',
  ],
  [
    'a CASE of values',
    'DROP VIEW public.v_case',
    `CREATE VIEW public.v_case AS SELECT CASE email WHEN 'ANN'::extensions.citext THEN 1 ELSE 2 END AS who FROM public.people`,
    'VIEW public v_case',
  ],
  [
    'one of two comparisons, where the other one spells its operator',
    'DROP VIEW public.v_both',
    `CREATE VIEW public.v_both AS SELECT NULLIF(email, other) AS a, email OPERATOR(extensions.=) other AS b, email::text = 'x' AS c FROM public.people`,
    'VIEW public v_both',
  ],
  [
    'a materialized view',
    'DROP MATERIALIZED VIEW public.m',
    'CREATE MATERIALIZED VIEW public.m AS SELECT email IS DISTINCT FROM other AS d FROM public.people',
    'MATERIALIZED VIEW public m',
  ],
  [
    'a policy',
    'DROP POLICY p ON public.people',
    'CREATE POLICY p ON public.people USING (email IS DISTINCT FROM other)',
    'POLICY public people p',
  ],
  [
    'a policy of Storage',
    'DROP POLICY files ON storage.objects',
    `CREATE POLICY files ON storage.objects FOR SELECT USING (name::extensions.citext IN (SELECT email FROM public.people))`,
    'POLICY storage objects files',
  ],
  [
    'a rule',
    'DROP RULE r ON public.people',
    'CREATE RULE r AS ON DELETE TO public.people WHERE NULLIF(old.email, old.other) IS NULL DO INSTEAD NOTHING',
    'RULE public people r',
  ],
  [
    'a trigger',
    'DROP TRIGGER t ON public.people',
    'CREATE TRIGGER t BEFORE UPDATE ON public.people FOR EACH ROW WHEN (OLD.email IS DISTINCT FROM NEW.email) EXECUTE FUNCTION public.noop()',
    'TRIGGER public people t',
  ],
  [
    'a check',
    'ALTER TABLE public.people DROP CONSTRAINT c',
    'ALTER TABLE public.people ADD CONSTRAINT c CHECK (email IS DISTINCT FROM other)',
    'CHECK CONSTRAINT public people c',
  ],
  [
    'a check of a domain',
    'DROP DOMAIN public.d',
    'CREATE DOMAIN public.d AS extensions.citext CONSTRAINT c CHECK (NULLIF(VALUE, VALUE) IS NULL)',
    'DOMAIN public d c',
  ],
  [
    'an index',
    'DROP INDEX public.i',
    'CREATE INDEX i ON public.people (id) WHERE email IS DISTINCT FROM other',
    'INDEX public i',
  ],
  [
    'a generated column',
    'ALTER TABLE public.people DROP COLUMN g',
    'ALTER TABLE public.people ADD COLUMN g bool GENERATED ALWAYS AS (email IS DISTINCT FROM other) STORED',
    'DEFAULT public people g',
  ],
  [
    'a default',
    'ALTER TABLE public.invites ALTER id DROP DEFAULT',
    `ALTER TABLE public.invites ALTER id SET DEFAULT CASE 'a'::extensions.citext WHEN 'A'::extensions.citext THEN 1 ELSE 2 END`,
    'DEFAULT public invites id',
  ],
  [
    'an SQL function',
    'DROP FUNCTION public.f(extensions.citext)',
    'CREATE FUNCTION public.f(a extensions.citext) RETURNS bool LANGUAGE sql RETURN a IS DISTINCT FROM a',
    'FUNCTION public f(extensions.citext)',
  ],
  [
    "a default of a function's argument",
    'DROP FUNCTION public.g(bool)',
    `CREATE FUNCTION public.g(a bool DEFAULT 'a'::extensions.citext IS DISTINCT FROM 'A'::extensions.citext) RETURNS bool LANGUAGE sql AS 'SELECT a'`,
    'FUNCTION public g(bool)',
  ],
  [
    'statistics',
    'DROP STATISTICS public.s',
    'CREATE STATISTICS public.s ON id, (email IS DISTINCT FROM other) FROM public.people',
    'STATISTICS public s',
  ],
  [
    'a partition key',
    'DROP TABLE public.parted',
    'CREATE TABLE public.parted (email extensions.citext) PARTITION BY LIST ((NULLIF(email, email)))',
    'TABLE public parted',
  ],
  [
    'a published row',
    'ALTER PUBLICATION pub DROP TABLE public.invites',
    'ALTER PUBLICATION pub ADD TABLE public.invites WHERE (id IS DISTINCT FROM 1)',
    'PUBLICATION TABLE public invites pub',
  ],
]

/** A look-alike of an operator of PostgreSQL's own, which a search path may put before it. */
const lookAlike = `CREATE FUNCTION ops.int_ne(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR ops.= (LEFTARG = int, RIGHTARG = int, FUNCTION = ops.int_ne)`

describe.each(majors)('the verification on PostgreSQL %i', (major) => {
  let platform: TestPlatform
  let clients: PostgresClients
  let generation: string

  const dependencies = async () => {
    const { differences } = await verifyDatabase({
      ...{ generation, clients, log: silentLog },
      target: parseConnection({ url: platform.databaseUrl }, 'test'),
    })
    return differences
  }

  beforeAll(async () => {
    ;[platform, clients] = await Promise.all([startTestPlatform({ major }), testClients(major)])
    const all = definitions.filter(([what]) => what !== 'a partition key')
    await query(
      platform.databaseUrl,
      `${application}; CREATE PUBLICATION pub; SET search_path = public, extensions;
      DROP TABLE public.parted; CREATE TABLE public.parted (email extensions.citext) PARTITION BY LIST ((NULLIF(email, email)));
      ${all.map(([, , create]) => create).join(';\n')}`,
    )
    await query(platform.databaseUrl, lookAlike)
    generation = await backupInto(platform.databaseUrl, clients)
  })

  afterAll(async () => {
    await platform?.stop()
    await rm(generation, { recursive: true, force: true })
  })

  test('finds nothing where all found the same operators again', async () => {
    for (const [, drop, create] of definitions)
      await query(platform.databaseUrl, `SET search_path = extensions, public; ${drop}; ${create}`)
    expect(await dependencies()).toEqual([])
  })

  test.each(definitions)(
    'sees another operator behind the same text: %s',
    async (what, drop, create, name) => {
      // A row filter may only apply operators of PostgreSQL itself, which must not be confused with others either.
      const path = what === 'a published row' ? 'public' : "''"
      await query(platform.databaseUrl, `SET search_path = ${path}; ${drop}; ${create}`)
      const found = await dependencies()
      await query(platform.databaseUrl, `SET search_path = public, extensions; ${drop}; ${create}`)
      if (what === 'a published row') expect(found).toEqual([])
      else expect(found.map((each) => `${each.kind} ${each.name}`)).toContain(`dependency ${name}`)
    },
  )

  test('sees an operator of the user in the place of one of PostgreSQL', async () => {
    const [, drop, create] = definitions[0] ?? ['', '', '']
    const view = (path: string) =>
      query(
        platform.databaseUrl,
        `SET search_path = ${path}; DROP VIEW IF EXISTS public.by_id; CREATE VIEW public.by_id AS SELECT p.id FROM public.people p JOIN public.invites i USING (id)`,
      )
    await view('public')
    const other = await backupInto(platform.databaseUrl, clients)
    await view('ops, pg_catalog')
    const { differences } = await verifyDatabase({
      ...{ generation: other, clients, log: silentLog },
      target: parseConnection({ url: platform.databaseUrl }, 'test'),
    })
    await query(
      platform.databaseUrl,
      `DROP VIEW public.by_id; SET search_path = public, extensions; ${drop}; ${create}`,
    )
    await rm(other, { recursive: true, force: true })
    expect(differences).toEqual([
      {
        ...{ kind: 'dependency', name: 'VIEW public by_id' },
        ...{ expected: 'operator =(int4, int4)', actual: 'operator ops.=(int4, int4)' },
      },
    ])
  })

  test('compares a backup of before as it was compared then', async () => {
    const before = await backupInto(platform.databaseUrl, clients)
    await rm(join(before, 'database', 'bindings.jsonl'))
    const { differences } = await verifyDatabase({
      ...{ generation: before, clients, log: silentLog },
      target: parseConnection({ url: platform.databaseUrl }, 'test'),
    })
    await rm(before, { recursive: true, force: true })
    expect(differences).toEqual([])
  })
})
