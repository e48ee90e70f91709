import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { connectionUrl } from '../../../src/database/connect/connection-string.ts'
import { type ContentsEntry, readContents } from '../../../src/database/rules/contents.ts'
import { startDrillTarget } from '../../../src/drill/target.ts'
import { alterContents } from '../../helpers/alter-dump.ts'
import { applyDatabase } from '../../helpers/apply.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform } from '../../helpers/sandbox.ts'

const major = 17

let folder: string
/** What an attack would make, of whoever's rights. */
let marker: string
let clients: PostgresClients
let pristine: string

/**
 * Everything a role could try, from within a function. It fails, and with it the restore, where a superuser calls it or
 * anything is not refused; and it counts its calls.
 */
const attack = () => `
  CREATE SEQUENCE public.tries;
  GRANT ALL ON SEQUENCE public.tries TO PUBLIC;
  CREATE FUNCTION public.attack(place text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM nextval('public.tries');
    IF current_database() = 'postgres' AND current_setting('port') <> '5432' THEN RETURN; END IF;
    IF current_setting('is_superuser') = 'on' THEN RAISE EXCEPTION '% as superuser', place; END IF;
    BEGIN
      EXECUTE 'GRANT pg_execute_server_program TO postgres';
      RAISE EXCEPTION '%: granted', place USING ERRCODE = 'P0099';
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    BEGIN
      EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch ${marker}''';
      RAISE EXCEPTION '%: executed', place USING ERRCODE = 'P0099';
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
  END $$;`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-backup-'))
  marker = join(folder, 'marker')
  const [source, found] = await Promise.all([startTestPlatform({ major }), testClients(major)])
  clients = found
  await query(
    source.superuserUrl,
    `CREATE FUNCTION auth.harmless() RETURNS int LANGUAGE sql AS 'SELECT 1';
    ALTER ROLE postgres SUPERUSER`,
  )
  await query(
    source.databaseUrl,
    `CREATE EXTENSION hstore SCHEMA extensions;
    ${attack()}
    CREATE FUNCTION public.plain() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION public.index_of(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.attack('index'); RETURN id; END $$;
    CREATE FUNCTION public.default_of() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM public.attack('default'); RETURN 1; END $$;
    CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM public.attack('trigger'); RETURN NULL; END $$;
    CREATE FUNCTION public.on_event() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.attack('event'); END $$;
    CREATE TABLE public.things (id int, calls int DEFAULT public.default_of());
    CREATE INDEX ON public.things (public.index_of(id));
    CREATE TRIGGER attack AFTER INSERT OR UPDATE OR DELETE ON storage.buckets FOR EACH STATEMENT EXECUTE FUNCTION public.fired();
    CREATE PUBLICATION everything FOR ALL TABLES;
    CREATE FUNCTION public."end
\\! touch ${marker}
"() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TABLE public."rows
of" (id int);
    INSERT INTO public."rows
of" VALUES (1);
    INSERT INTO public.things VALUES (1, 1);
    CREATE EVENT TRIGGER attack_login ON login EXECUTE FUNCTION public.on_event();
    ALTER EVENT TRIGGER attack_login ENABLE ALWAYS;
    CREATE EVENT TRIGGER attack_ddl ON ddl_command_end EXECUTE FUNCTION public.on_event();
    ALTER EVENT TRIGGER attack_ddl ENABLE ALWAYS`,
  )
  await query(source.superuserUrl, `SET event_triggers = off; ALTER ROLE postgres NOSUPERUSER`)
  await rm(marker, { force: true })
  pristine = await backupInto(source.databaseUrl, clients)
  await rm(marker, { force: true })
  await source.stop()
})
afterAll(async () => {
  for (const each of [folder, pristine]) if (each) await rm(each, { recursive: true, force: true })
})

/** Drills a copy of the backup that somebody has altered. @returns what a trigger of the backup came to, which was fired by the Storage API */
async function drillAltered(
  alter: (dump: string, entries: ContentsEntry[]) => Promise<void>,
): Promise<{ before: unknown; after: unknown; status: number }> {
  const generation = join(folder, 'altered')
  await rm(generation, { recursive: true, force: true })
  await cp(pristine, generation, { recursive: true })
  const dump = join(generation, 'database', 'dump')
  await alter(dump, (await readContents(dump)).entries)
  const target = await startDrillTarget({
    generation,
    clients,
    config: { environment: process.env },
    log: silentLog,
  })
  try {
    await applyDatabase({ generation, target, major, disposable: true })
    const tries = async () =>
      (await query(connectionUrl(target.superuser), 'SELECT last_value FROM public.tries'))[0]
    const before = await tries()
    // The Storage API writes as the owner of its tables, and the user's trigger fires.
    const { url, serviceRoleKey } = target.storage
    const headers = { authorization: `Bearer ${serviceRoleKey}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ name: 'new', id: 'new' })
    const answer = await fetch(`${url}/bucket`, { method: 'POST', headers, body })
    return { before, after: await tries(), status: answer.status }
  } finally {
    await target.stop()
  }
}

const entryOf = (entries: readonly ContentsEntry[], desc: string, tag: string): ContentsEntry => {
  const found = entries.find((entry) => entry.desc === desc && entry.tag.startsWith(tag))
  if (found === undefined) throw new Error(`no ${desc} ${tag}`)
  return found
}

async function expectNoMarker(): Promise<void> {
  await expect(stat(marker)).rejects.toMatchObject({ code: 'ENOENT' })
}

test('A backup whose functions try everything in every place gets nowhere, and never has a superuser’s rights', async () => {
  const { before, after, status } = await drillAltered(async () => {})
  await expectNoMarker()
  expect(status).toBe(200)
  expect(after).not.toEqual(before)
})

test('A function of a managed schema that was given a second statement is not run at all', async () => {
  await drillAltered(async (dump, entries) => {
    const { defn } = entryOf(entries, 'FUNCTION', 'harmless')
    await alterContents(dump, defn, `${defn}COPY (SELECT 1) TO PROGRAM 'touch ${marker}';\n`)
  })
  await expectNoMarker()
})

const program = () => `COPY (SELECT 1) TO PROGRAM 'touch ${marker}';\n`

test.each([
  ['a function', 'FUNCTION', 'plain', (defn: string) => `${defn}${program()}`],
  [
    'a function, by ending its body',
    'FUNCTION',
    'plain',
    (defn: string) => defn.replace('$$SELECT 1$$', `$$SELECT 1$$;${program()}SELECT $$ $$`),
  ],
  ['an extension', 'EXTENSION', 'hstore', (defn: string) => `${defn}${program()}`],
  [
    'an extension, by its name',
    'EXTENSION',
    'hstore',
    () => 'CREATE EXTENSION "x; \\! touch"; DO $$ BEGIN END $$;',
  ],
  ['an event trigger', 'EVENT TRIGGER', 'attack_ddl', (defn: string) => `${defn}${program()}`],
  ['a publication', 'PUBLICATION', 'everything', (defn: string) => `${defn}SELECT public.plain();\n`],
  ['a table', 'TABLE', 'things', (defn: string) => `${defn}COMMIT;\n`],
])(
  'A second statement behind the definition of %s is refused before anything is run',
  async (_, desc, tag, alter) => {
    const drilled = drillAltered(async (dump, entries) => {
      const { defn } = entryOf(entries, desc, tag)
      await alterContents(dump, defn, alter(defn))
    })
    await expect(drilled).rejects.toMatchObject({
      code: expect.stringMatching(/DUMP_ENTRY_UNEXPECTED|DUMP_STATEMENT_UN/),
    })
    await expectNoMarker()
  },
)

test('A command of psql’s in a definition is refused before anything is run', async () => {
  const drilled = drillAltered(async (dump, entries) => {
    const { defn } = entryOf(entries, 'TABLE', 'things')
    await alterContents(dump, defn, `${defn}\\! touch ${marker}\n`)
  })
  await expect(drilled).rejects.toMatchObject({ code: 'DUMP_STATEMENT_UNREADABLE' })
  await expectNoMarker()
})

test('Rows that end their COPY and go on with a command of psql’s fail, and the command is not run', async () => {
  const drilled = drillAltered(async (dump, entries) => {
    const { file } = entryOf(entries, 'TABLE DATA', 'rows')
    const path = join(dump, file ?? '')
    await writeFile(path, `${await readFile(path, 'utf8')}\\! touch ${marker}\n`)
  })
  await expect(drilled).rejects.toThrow()
  await expectNoMarker()
})

test('The words by which pg_restore would name a function’s owner are looked into as well', async () => {
  const drilled = drillAltered(async (dump, entries) => {
    const { dropStmt } = entryOf(entries, 'FUNCTION', 'plain')
    await alterContents(
      dump,
      dropStmt,
      `DROP FUNCTION public.plain() OWNER TO postgres;\n\\! touch ${marker}\n`,
    )
  })
  await expect(drilled).rejects.toMatchObject({ code: expect.stringMatching(/^DUMP_/) })
  await expectNoMarker()
})

test('A data file outside of the dump is not read', async () => {
  const drilled = drillAltered(async (dump, entries) => {
    const { file } = entryOf(entries, 'TABLE DATA', 'things')
    await alterContents(dump, file ?? '', '../../../../../../etc/passwd')
  })
  await expect(drilled).rejects.toMatchObject({ code: 'DUMP_CONTENTS_UNREADABLE' })
})

test.each([
  [
    'a sequence’s value',
    'sequences.jsonl',
    'lastValue',
    (of: string) => `1, true);\n\\! touch ${of}\nSELECT (1`,
  ],
  ['a privilege', 'database-grants.jsonl', 'privilege', (of: string) => `CREATE;\n\\! touch ${of}\n`],
])(
  'A command of psql’s in %s that a backup recorded is refused before anything is run',
  async (_, file, field, made) => {
    const drilled = drillAltered(async (dump) => {
      const path = join(dirname(dump), file)
      const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
      const altered = lines.map((line) => JSON.stringify({ ...JSON.parse(line), [field]: made(marker) }))
      await writeFile(path, `${altered.join('\n')}\n`)
    })
    await expect(drilled).rejects.toMatchObject({ code: 'FACTS_DAMAGED' })
    await expectNoMarker()
  },
)
