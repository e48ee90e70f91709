import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { findClients } from '../../../src/database/connect/clients.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restorePart } from '../../../src/database/restore/part.ts'
import { previewDatabase } from '../../../src/database/restore/preview.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { prepareClients17 } from '../../helpers/clients-17.ts'
import { backupInto, installHostile, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

let clients15: PostgresClients
let clients17: PostgresClients
const platforms: TestPlatform[] = []
const generations: string[] = []

async function start(major: 15 | 17): Promise<TestPlatform> {
  const platform = await startTestPlatform({ major })
  platforms.push(platform)
  return platform
}

async function hostileSource(major: 15 | 17, clients: PostgresClients): Promise<string> {
  const source = await start(major)
  await installHostile(source)
  const generation = await backupInto(source.databaseUrl, clients)
  generations.push(generation)
  return generation
}

async function restoreAndVerify(generation: string, major: 15 | 17, clients: PostgresClients) {
  const target = await start(major)
  const options = {
    generation,
    target: parseConnection({ url: target.databaseUrl }, 'test'),
    superuser: parseConnection({ url: target.superuserUrl }, 'test'),
    clients,
    log: silentLog,
  }
  const { findings } = await restoreDatabase(options)
  const { differences } = await verifyDatabase(options)
  const degraded = findings.filter(({ severity }) => severity === 'degraded')
  return {
    differences,
    degraded: degraded.flatMap(({ kind, names }) => names.map((name) => `${kind} ${name}`)),
  }
}

beforeAll(async () => {
  const { binDirectory } = await prepareClients17()
  clients15 = await testClients()
  clients17 = await findClients({
    environment: process.env,
    serverMajor: 17,
    pgBinDir: binDirectory,
    log: silentLog,
    phase: 'test',
  })
})

afterAll(async () => {
  await Promise.all(platforms.map((platform) => platform.stop()))
  await Promise.all(generations.map((generation) => rm(generation, { recursive: true, force: true })))
})

describe('a hostile database', () => {
  test('goes from 15 to 17', async () => {
    const generation = await hostileSource(15, clients15)
    expect(await restoreAndVerify(generation, 17, clients17)).toEqual({
      differences: [],
      degraded: [
        'view-unfilled app.codes: relation "lookup" does not exist',
        'view-unfilled app.over_codes: materialized view "codes" has not been populated',
      ],
    })
  })

  test('goes from 17 to 17', async () => {
    const generation = await hostileSource(17, clients17)
    expect(await restoreAndVerify(generation, 17, clients17)).toEqual({ differences: [], degraded: [] })
  })

  test('goes from 17 to 15 after a word in the preview, without what 15 does not know', async () => {
    const [source, target] = await Promise.all([start(17), start(15)])
    await query(
      source.databaseUrl,
      `CREATE TABLE public.t (id int PRIMARY KEY); INSERT INTO public.t VALUES (1); GRANT MAINTAIN ON public.t TO anon;
       CREATE FUNCTION public.newer() RETURNS int LANGUAGE sql BEGIN ATOMIC MERGE INTO public.t USING (SELECT 1 AS x) q ON x = id
         WHEN NOT MATCHED BY SOURCE THEN DELETE; SELECT 1; END`,
    )
    const generation = await backupInto(source.databaseUrl, clients17)
    generations.push(generation)
    const options = {
      ...{ generation, clients: clients17, log: silentLog },
      target: parseConnection({ url: target.databaseUrl }, 'test'),
    }
    const older = expect.objectContaining({ kind: 'target-older', severity: 'manual' })
    expect((await previewDatabase(options)).findings).toContainEqual(older)
    const { findings, weakened } = await restoreDatabase(options)
    expect(findings).toContainEqual(older)
    expect(weakened.map(({ name }) => name)).toContain('FUNCTION public newer()')
    expect((await verifyDatabase({ ...options, weakened })).differences).toEqual([])
    expect(await query(target.databaseUrl, 'SELECT id FROM public.t')).toEqual([{ id: 1 }])
  })

  test('goes from 15 to 15 though the clients were upgraded between backup and restore', async () => {
    const generation = await hostileSource(15, clients15)
    expect(await restoreAndVerify(generation, 15, clients17)).toEqual({ differences: [], degraded: [] })
  })

  test('goes from 15 to 15 with newer clients', async () => {
    const generation = await hostileSource(15, clients17)
    expect(await restoreAndVerify(generation, 15, clients17)).toEqual({ differences: [], degraded: [] })
  })
})

describe('owners who gave up rights of theirs on 15', () => {
  let generation: string
  const privileges = `SELECT relname::text AS name, array_agg(privilege_type::text ORDER BY privilege_type) AS privileges
    FROM pg_class, aclexplode(relacl) WHERE grantee = relowner AND relnamespace = 'shop'::regnamespace AND relkind <> 'i'
    GROUP BY 1 ORDER BY 1`
  const wanted = [
    { name: 'all_there', privileges: expect.arrayContaining(['INSERT', 'MAINTAIN']) },
    { name: 'by_reader', privileges: ['SELECT'] },
    { name: 'some', privileges: ['REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'] },
  ]

  beforeAll(async () => {
    const source = await start(15)
    await query(
      source.databaseUrl,
      `CREATE ROLE reader; GRANT reader TO postgres; CREATE SCHEMA shop; GRANT ALL ON SCHEMA shop TO reader;
       CREATE TABLE shop.none (id int PRIMARY KEY); REVOKE ALL ON shop.none FROM postgres;
       CREATE TABLE shop.some (id int); REVOKE INSERT, DELETE ON shop.some FROM postgres;
       CREATE TABLE shop.all_there (id int); GRANT SELECT ON shop.all_there TO anon;
       CREATE VIEW shop.v AS SELECT 1 AS x; REVOKE ALL ON shop.v FROM postgres;
       CREATE MATERIALIZED VIEW shop.mv AS SELECT 1 AS x; REVOKE ALL ON shop.mv FROM postgres;
       CREATE TABLE shop.by_reader (id int); ALTER TABLE shop.by_reader OWNER TO reader;
       REVOKE ALL ON shop.by_reader FROM reader; GRANT SELECT ON shop.by_reader TO reader;
       ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM postgres`,
    )
    generation = await backupInto(source.databaseUrl, clients17)
    generations.push(generation)
  })

  test('have no MAINTAIN on 17 either after a restore of everything', async () => {
    expect(await restoreAndVerify(generation, 17, clients17)).toEqual({ differences: [], degraded: [] })
    const target = platforms.at(-1)
    expect(await query(target?.databaseUrl ?? '', privileges)).toEqual(wanted)
  })

  test('have none after a restore of the schema', async () => {
    const target = await start(17)
    const { verification } = await restorePart(
      { selection: { schemas: ['shop'], tables: [] }, contents: 'all', intoSchema: undefined },
      {
        ...{ generation, clients: clients17, log: silentLog },
        target: parseConnection({ url: target.databaseUrl }, 'test'),
      },
    )
    expect(verification).toMatchObject({ ok: true, differences: [] })
    expect(await query(target.databaseUrl, privileges)).toEqual(wanted)
  })
})
