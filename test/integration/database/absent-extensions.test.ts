import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { restoreSelection } from '../../../src/database/restore/selective.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** A function of an extension that no server offers; schema extensions is in no restore. */
const ofExtension = `CREATE FUNCTION extensions.moon_phase(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper($1)'`

const application = `
CREATE FUNCTION public.phase(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT extensions.moon_phase(t)';
CREATE FUNCTION public.through(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT public.phase(t)';
CREATE FUNCTION public.other(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
CREATE TABLE public.nights (id int PRIMARY KEY, a text, p text GENERATED ALWAYS AS (public.through(a)) STORED);
CREATE TABLE public.empty (id int PRIMARY KEY, a text, p text GENERATED ALWAYS AS (public.through(a)) STORED);
CREATE TABLE public.days (id int PRIMARY KEY, a text, p text GENERATED ALWAYS AS (public.other(a)) STORED);
CREATE INDEX by_phase ON public.days (public.phase(a));
INSERT INTO public.nights VALUES (1, 'x'); INSERT INTO public.days VALUES (1, 'X');
CREATE EXTENSION unaccent WITH SCHEMA public;
CREATE FUNCTION public.bare(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT public.unaccent(t)';
CREATE TABLE public.words (id int PRIMARY KEY, a text, b text GENERATED ALWAYS AS (public.bare(a)) STORED);
INSERT INTO public.words VALUES (1, 'É')`

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string
let older: string

const options = (from = generation) => ({
  ...{ generation: from, clients, log: silentLog },
  target: parseConnection({ url: target.databaseUrl }, 'test'),
})
const leaveOut = ['TABLE public empty', 'TABLE public nights']

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.superuserUrl, ofExtension)
  await query(source.databaseUrl, application)
  generation = await backupInto(source.databaseUrl, clients)
  const unknown = { name: 'moon', version: '1.0', schema: 'extensions', owner: 'postgres' }
  const called = { extension: 'moon', schema: 'extensions', name: 'moon_phase' }
  await appendFile(join(generation, 'database/extensions.jsonl'), `${JSON.stringify(unknown)}\n`)
  older = await mkdtemp(join(tmpdir(), 'absent-extensions-'))
  await cp(generation, older, { recursive: true })
  await rm(join(older, 'database/extension-functions.jsonl'))
  await appendFile(join(generation, 'database/extension-functions.jsonl'), `${JSON.stringify(called)}\n`)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await Promise.all([generation, older].map((folder) => rm(folder, { recursive: true, force: true })))
})

test('a table restored by itself brings the extension that its functions call in their text alone', async () => {
  const selection = { schemas: [], tables: [{ schema: 'public', name: 'words' }] }
  await restoreSelection({ ...options(), selection })
  expect(await query(target.databaseUrl, 'SELECT b FROM public.words')).toEqual([{ b: 'E' }])
})

test('a restore beside is refused where functions name an extension in the very schema', async () => {
  const selection = { schemas: ['public'], tables: [] }
  await expect(restoreSelection({ ...options(), selection, intoSchema: 'beside' })).rejects.toMatchObject({
    code: 'INTO_SCHEMA_INVALID',
    detail: expect.stringContaining('TABLE public words'),
    suggestion: expect.stringContaining(`--leave-out 'TABLE public words'`),
  })
})

test('a restore is refused before it begins where a table needs an extension that the target does not offer', async () => {
  await expect(restoreDatabase(options())).rejects.toMatchObject({
    code: 'TARGET_EXTENSIONS_MISSING',
    detail: leaveOut.map((name) => `moon: ${name} has a column that is computed with it`).join(', '),
    suggestion: expect.stringMatching(
      /with --leave-out 'TABLE public empty' --leave-out 'TABLE public nights'\.$/,
    ),
  })
})

test('a restore of a backup that does not know what extensions hold says that the cause is at the target', async () => {
  await expect(restoreDatabase(options(older))).rejects.toMatchObject({
    code: 'DB_STATEMENT_FAILED',
    suggestion: expect.stringMatching(
      /at the target, which lacks .*: moon\..*--leave-out 'TABLE public empty'/,
    ),
  })
})

test('a restore without those names what calls the extension, leaves out what cannot be made, and is equal else', async () => {
  const { findings, weakened } = await restoreDatabase({ ...options(), leaveOut })
  const [missing] = findings.filter(({ kind }) => kind === 'extension-missing')
  expect(missing?.names).toEqual([expect.stringMatching(/^moon \(called by FUNCTION public phase\(/)])
  expect(missing?.names.join()).toContain('INDEX public by_phase')
  expect(missing?.names.join()).not.toMatch(/other|words/)
  expect(weakened.map(({ name }) => name)).toContain('INDEX public by_phase')
  expect((await verifyDatabase({ ...options(), weakened })).differences).toEqual([])
})
