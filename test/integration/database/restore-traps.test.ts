import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { type DatabaseRestoreOptions, restoreDatabase } from '../../../src/database/restore/restore.ts'
import { readContents } from '../../../src/database/rules/contents.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { alterContents } from '../../helpers/alter-dump.ts'
import { smallApplication } from '../../helpers/application-sql.ts'
import { backupInto, contentsText, query, schemaText, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

/** A table and what inherits from it, without its default and its NOT NULL, which no dump can tell of the last. */
const heirs = `
CREATE TABLE public.elder (id int NOT NULL, note text DEFAULT 'elder', kept text NOT NULL DEFAULT 'kept');
CREATE TABLE public.heir () INHERITS (public.elder);
CREATE TABLE public."late heir" (id int, own text DEFAULT 'own') INHERITS (public.heir);
ALTER TABLE public.heir ALTER note DROP DEFAULT; ALTER TABLE ONLY public.heir ALTER id DROP NOT NULL;
ALTER TABLE ONLY public."late heir" ALTER id DROP NOT NULL;
INSERT INTO public.heir (id) VALUES (NULL); INSERT INTO public."late heir" (id) VALUES (NULL);
`
const heirColumns = `SELECT attrelid::regclass::text || '.' || attname AS name, atthasdef AS "default", attnotnull AS "notNull"
  FROM pg_attribute WHERE attrelid IN ('public.heir'::regclass, 'public."late heir"'::regclass) AND attnum > 0 ORDER BY 1`

let source: TestPlatform
let target: TestPlatform
let clients: PostgresClients
let generation: string

const options = (more: Partial<DatabaseRestoreOptions> = {}) => ({
  ...{ generation, clients, log: silentLog },
  target: parseConnection({ url: target.databaseUrl }, 'test'),
  superuser: parseConnection({ url: target.superuserUrl }, 'test'),
  ...more,
})

const fingerprint = async () =>
  `${await schemaText(target.databaseUrl, clients)}\n${await contentsText(target.databaseUrl)}`

beforeAll(async () => {
  ;[source, target, clients] = await Promise.all([startTestPlatform(), startTestPlatform(), testClients()])
  await query(source.databaseUrl, smallApplication + heirs)
  // As the dashboard of a self-hosted project makes them, and with rights on a member of an extension.
  await query(
    source.superuserUrl,
    `CREATE TABLE public.of_dashboard (id serial PRIMARY KEY, note_id bigint REFERENCES public.notes);
    INSERT INTO public.of_dashboard DEFAULT VALUES; CREATE VIEW public.over_both AS SELECT id FROM public.of_dashboard;
    REVOKE ALL ON FUNCTION public.citext_eq FROM PUBLIC`,
  )
  generation = await backupInto(source.databaseUrl, clients)
})

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()])
  await rm(generation, { recursive: true, force: true })
})

describe('a restore', () => {
  test('gives postgres what belonged to supabase_admin in the schemas of the user, and says so', async () => {
    const { findings } = await restoreDatabase(options())
    const adopted = findings.find(({ kind }) => kind === 'adopted-objects')
    expect(adopted?.names).toContain('TABLE public.of_dashboard')
    const owner = `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = 'public.of_dashboard'::regclass`
    expect(await query(target.databaseUrl, owner)).toEqual([{ owner: 'postgres' }])
    expect(await query(target.databaseUrl, 'SELECT id FROM public.of_dashboard')).toEqual([{ id: 1 }])
    const { differences } = await verifyDatabase(options())
    expect(differences).toEqual([])
  })

  test('moves an extension that the target has in another schema', async () => {
    const clean = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner'
    await query(
      target.superuserUrl,
      `${clean}; DROP EXTENSION IF EXISTS citext CASCADE; CREATE EXTENSION citext SCHEMA extensions`,
    )
    const { findings } = await restoreDatabase(options())
    const schema = `SELECT extnamespace::regnamespace::text AS schema FROM pg_extension WHERE extname = 'citext'`
    expect(await query(target.databaseUrl, schema)).toEqual([{ schema: 'public' }])
    const byMight = findings.find(({ kind }) => kind === 'restored-as-superuser')
    expect(byMight?.names).toEqual(['EXTENSION citext SET SCHEMA public'])
  })

  test('leaves tables without what they inherit no more, and rows that need it gone', async () => {
    const { weakened } = await restoreDatabase(options())
    expect(weakened).toEqual([])
    expect(await query(target.databaseUrl, heirColumns)).toEqual(await query(source.databaseUrl, heirColumns))
    expect((await verifyDatabase(options())).differences).toEqual([])
  })

  test('notices that something ended its transaction', async () => {
    await expect(restoreDatabase(options({ finally: 'COMMIT; BEGIN' }))).rejects.toMatchObject({
      code: 'RESTORE_TRANSACTION_LOST',
    })
  })

  test('leaves out what older client programs write of columns of newer servers, and is equal', async () => {
    const dump = join(generation, 'database', 'dump')
    const whole = await readFile(join(dump, 'toc.dat'))
    const { entries } = await readContents(dump)
    for (const { namespace, tag, defn } of entries.filter(
      ({ desc, defn }) => desc === 'TABLE' && /"id"/.test(defn),
    )) {
      const own = `ALTER TABLE ONLY "${namespace}"."${tag}" ALTER COLUMN "id" SET (pg_attver=${defn.length});\n`
      await alterContents(dump, defn, `${defn}${own}`)
    }
    try {
      const refused = 'ALTER TABLE public.of_dashboard ALTER COLUMN id SET (pg_attver=1)'
      await expect(query(target.superuserUrl, refused)).rejects.toMatchObject({ code: '22023' })
      expect((await restoreDatabase(options())).weakened).toEqual([])
      expect((await verifyDatabase(options())).differences).toEqual([])
    } finally {
      await writeFile(join(dump, 'toc.dat'), whole)
    }
  })

  test('commits nothing when a data file of the dump ends early', async () => {
    await restoreDatabase(options())
    const before = await fingerprint()
    const { entries } = await readContents(join(generation, 'database', 'dump'))
    const data = entries.find(({ desc, tag }) => desc === 'TABLE DATA' && tag === 'orders')
    const file = join(generation, 'database', 'dump', data?.file ?? '')
    const whole = await readFile(file)
    await writeFile(file, whole.subarray(0, whole.indexOf('\n', whole.length / 2) + 1))
    const failure = await restoreDatabase(options({ hash: false })).catch((error: unknown) => error)
    await writeFile(file, whole)
    expect(failure).toMatchObject({
      code: 'RESTORE_DIFFERS',
      detail: expect.stringMatching(/^app\.orders: 20 rows/),
    })
    expect(await fingerprint()).toBe(before)
  })
})
