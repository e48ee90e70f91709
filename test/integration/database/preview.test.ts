import { appendFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { type DatabasePreview, previewDatabase } from '../../../src/database/restore/preview.ts'
import { databaseLines } from '../../../src/database/restore/preview-lines.ts'
import { previewPart } from '../../../src/database/restore/preview-part.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { clutter, smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, query, stateText, testClients } from '../../helpers/database.ts'
import { outgoingApplication, outgoingPlatform } from '../../helpers/outgoing.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let target: TestPlatform
let clients: PostgresClients
let generation: string

const options = () => ({
  generation,
  target: parseConnection({ url: target.databaseUrl }, 'test'),
  clients,
  log: silentLog,
})

/** The number the next transaction that writes anything will get. */
const nextTransaction = () =>
  query(target.superuserUrl, 'SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next')

beforeAll(async () => {
  let source: TestPlatform
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  try {
    await query(source.superuserUrl, outgoingPlatform)
    await query(source.databaseUrl, smallApplication)
    await query(source.databaseUrl, outgoingApplication)
    await query(
      source.databaseUrl,
      `INSERT INTO public.notes (body) VALUES ('one'), ('two');
       CREATE FUNCTION public.answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
       CREATE TABLE app.log (id int PRIMARY KEY) PARTITION BY RANGE (id);
       CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES FROM (1) TO (10);
       CREATE TABLE app.log_2 PARTITION OF app.log FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
       CREATE TABLE app.log_2_1 PARTITION OF app.log_2 FOR VALUES FROM (10) TO (15); INSERT INTO app.log VALUES (1), (11), (12)`,
    )
    await query(
      source.superuserUrl,
      `ALTER TABLE auth.users ADD COLUMN shoe_size int; UPDATE auth.users SET shoe_size = 42`,
    )
    generation = await backupInto(source.databaseUrl, clients)
  } finally {
    await source.stop()
  }
  const unknown = { name: 'moon_phase', version: '1.0', schema: 'extensions', owner: 'postgres' }
  await appendFile(join(generation, 'database/extensions.jsonl'), `${JSON.stringify(unknown)}\n`)
  // Nothing but the test may use up transaction numbers.
  await query(target.superuserUrl, `ALTER SYSTEM SET autovacuum = off`)
  await query(target.superuserUrl, `SELECT pg_reload_conf()`)
  await query(target.superuserUrl, outgoingPlatform)
  await query(target.databaseUrl, clutter)
  await query(
    target.databaseUrl,
    `CREATE FUNCTION public.answer() RETURNS int LANGUAGE sql AS 'SELECT 41'; SELECT cron.schedule('old', '* * * * *', 'SELECT 0')`,
  )
})

afterAll(async () => {
  await target?.stop()
  await rm(generation, { recursive: true, force: true })
})

describe('a preview of a database', () => {
  let preview: DatabasePreview

  test('writes nothing', async () => {
    const everything = async () => [
      await stateText(target.databaseUrl, clients),
      await query(target.databaseUrl, 'SELECT * FROM cron.job'),
      await nextTransaction(),
    ]
    const before = await everything()
    preview = await previewDatabase(options())
    expect(await everything()).toEqual(before)
  })

  test('counts the rows of every table, now and after', () => {
    const rows = Object.fromEntries(
      preview.tables.map(({ schema, name, now, after }) => [`${schema}.${name}`, [now, after]]),
    )
    expect(rows).toMatchObject({
      'app.orders': [null, 20],
      'auth.users': [1, 20],
      'old.t': [0, null],
      'public.notes': [1, 22],
      'storage.objects': [0, 1],
    })
    expect(Object.keys(rows)).not.toContain('auth.schema_migrations')
  })

  test('names what is created, changed and dropped, and how it changes', () => {
    const named = (change: string) =>
      preview.objects.filter((object) => object.change === change).map(({ name }) => name)
    expect(named('create')).toEqual(
      expect.arrayContaining([
        'SCHEMA app',
        'TABLE app orders',
        'POLICY app orders mine',
        'role app_reader',
        'membership app_reader to authenticated',
        'cron job nightly',
      ]),
    )
    expect(named('drop')).toEqual(
      expect.arrayContaining([
        'SCHEMA old',
        'TABLE old t',
        'TRIGGER auth users old_hook',
        'POLICY storage objects everyone',
        'PUBLICATION old',
        'cron job old',
      ]),
    )
    expect(named('change')).toEqual(
      expect.arrayContaining(['TABLE public notes', 'FUNCTION public answer()']),
    )
    const answer = preview.objects.find(({ name }) => name === 'FUNCTION public answer()')
    expect([answer?.now, answer?.after]).toEqual([
      expect.stringContaining('SELECT 41'),
      expect.stringContaining('SELECT 42'),
    ])
  })

  test('knows partitions, and what belongs to them, by the table at their root', () => {
    const root = 'app.log'
    expect(preview.tables).toContainEqual({ schema: 'app', name: 'log_2_1', now: null, after: 2, root })
    const ofPartitions = preview.objects.filter(({ partition }) => partition?.root === root)
    expect(ofPartitions.map(({ name }) => name).sort()).toEqual(
      [
        'CONSTRAINT app log_1 log_1_pkey',
        'CONSTRAINT app log_2 log_2_pkey',
        'CONSTRAINT app log_2_1 log_2_1_pkey',
      ]
        .concat([
          'INDEX ATTACH app log_1_pkey',
          'INDEX ATTACH app log_2_1_pkey',
          'INDEX ATTACH app log_2_pkey',
        ])
        .concat(['ACL app TABLE "log_1"', 'ACL app TABLE "log_2"', 'ACL app TABLE "log_2_1"'])
        .concat(['TABLE ATTACH app log_1', 'TABLE ATTACH app log_2', 'TABLE ATTACH app log_2_1'])
        .concat(['TABLE app log_1', 'TABLE app log_2', 'TABLE app log_2_1'])
        .sort(),
    )
    const lines = databaseLines(preview, undefined, Number.POSITIVE_INFINITY)
    expect(lines).toContain('      app.log, 2 partitions: — → 3')
    expect(lines).toContain('    + TABLE of partitions of app.log: 3')
  })

  test('says which extensions it creates, what stays asleep, and what has no home on the target', () => {
    expect(preview.extensions).toEqual({ create: ['citext'], move: [], missing: ['moon_phase'] })
    const found = Object.fromEntries(preview.findings.map(({ kind, names }) => [kind, names]))
    expect(found).toMatchObject({
      'cron-disarmed': ['nightly', 'SELECT 1'],
      'webhooks-disarmed': ['call home on public.notes'],
      'webhooks-left-out': ['on_file on storage.objects'],
      'extension-missing': ['moon_phase'],
      'service-columns-lost': [expect.stringContaining('shoe_size')],
    })
  })

  test('prints a line for each, and counts what is beyond the limit', () => {
    const all = databaseLines(preview, undefined, Number.POSITIVE_INFINITY).join('\n')
    for (const line of [
      /^Database: the whole of it is replaced$/,
      /^ {2}\d+ rows now, \d+ after$/,
      /^ {4}public: 1 → 22, 1 table$/,
      /^ {6}notes: 1 → 22$/,
      /^ {6}t: 0 → —$/,
      /^ {4}\+ TABLE app orders$/,
      /^ {4}- TABLE old t$/,
      /^ {4}~ FUNCTION public answer\(\)$/,
      /^ {8}now .*SELECT 41/,
      /^ {8}after .*SELECT 42/,
      /^ {4}\+ citext$/,
      /^ {4}! moon_phase, which the target does not offer$/,
      /^ {6}call home on public\.notes$/,
    ])
      expect(all).toMatch(new RegExp(line, 'm'))
    const short = databaseLines(preview, undefined, 1)
    expect(short.length).toBeLessThan(all.split('\n').length / 2)
    expect(short.join('\n')).toMatch(/^ {4}and \d+ more: see restore\.sh --preview$/m)
  })

  test('of a schema speaks of nothing else, and of one beside what is there only of what is added', async () => {
    const selection = { schemas: ['app'], tables: [] }
    const schema = await previewPart({ selection, contents: 'all', intoSchema: undefined }, options())
    expect(schema.tables).toContainEqual({ schema: 'app', name: 'orders', now: null, after: 20 })
    expect(new Set(schema.tables.map((table) => table.schema))).toEqual(new Set(['app']))
    expect(schema.objects.map(({ name }) => name)).toContain('TABLE app orders')
    expect(schema.objects.filter(({ change }) => change !== 'create')).toEqual([])

    const beside = await previewPart({ selection, contents: 'definitions', intoSchema: 'then' }, options())
    expect(beside.tables).toContainEqual({ schema: 'then', name: 'orders', now: null, after: 0 })
    expect(beside.objects.map(({ name }) => name)).toContain('TABLE then orders')
    expect(beside.objects.filter(({ name }) => name.includes(' app '))).toEqual([])
  })

  const notes = { schemas: [], tables: [{ schema: 'public', name: 'notes' }] }
  const rowsOfNotes = () =>
    previewPart({ selection: notes, contents: 'rows', intoSchema: undefined }, options())

  test('of rows alone is refused for a table that they do not fit', async () => {
    await expect(rowsOfNotes()).rejects.toMatchObject({ code: 'TARGET_TABLES_DIFFER' })
  })

  test('of definitions alone keeps no row', async () => {
    const all = { selection: undefined, contents: 'definitions', intoSchema: undefined } as const
    const { tables, objects } = await previewPart(all, options())
    expect(tables.filter(({ after }) => after !== 0 && after !== null)).toEqual([])
    expect(tables).toContainEqual({ schema: 'app', name: 'orders', now: null, after: 0 })
    expect(objects.filter(({ name }) => name.startsWith('cron job'))).toEqual([])
  })

  test('has nothing left to say of a target that was just restored', async () => {
    await restoreDatabase(options())
    const { tables, objects, extensions } = await previewDatabase(options())
    expect(objects).toEqual([])
    expect(tables.filter(({ now, after }) => now !== after)).toEqual([])
    expect(extensions).toEqual({ create: [], move: [], missing: ['moon_phase'] })
  })

  test('of rows alone counts them and changes no definition', async () => {
    await query(target.databaseUrl, `DELETE FROM public.notes WHERE body = 'one'`)
    const { tables, objects } = await rowsOfNotes()
    expect(tables).toEqual([{ schema: 'public', name: 'notes', now: 21, after: 22 }])
    expect(objects).toEqual([])
  })

  test('is refused for what the restore would be refused for', async () => {
    await query(target.superuserUrl, 'ALTER TABLE auth.identities DROP COLUMN provider_id CASCADE')
    const refusal = { code: 'TARGET_COLUMNS_INCOMPATIBLE', detail: expect.stringContaining('provider_id') }
    await expect(previewDatabase(options())).rejects.toMatchObject(refusal)
    await expect(restoreDatabase(options())).rejects.toMatchObject(refusal)
  })
})
