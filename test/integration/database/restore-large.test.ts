import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../../src/common/log.ts'
import type { PostgresClients } from '../../../src/database/connect/client-programs.ts'
import { parseConnection } from '../../../src/database/connect/connection.ts'
import { restoreDatabase } from '../../../src/database/restore/restore.ts'
import { verifyDatabase } from '../../../src/database/verify/verify.ts'
import { startPostgres } from '../../../src/drill/postgres.ts'
import { backupInto, query, testClients } from '../../helpers/database.ts'
import { startTestPlatform, type TestPlatform } from '../../helpers/sandbox.ts'

const manyLocks = { max_locks_per_transaction: '2000', max_connections: '40', wal_level: 'logical' }

let platform: TestPlatform
let url: string
let clients: PostgresClients
const generations: string[] = []

const options = (generation: string) => ({
  ...{ generation, clients, log: silentLog },
  target: parseConnection({ url }, 'test'),
})

async function backup(): Promise<string> {
  const generation = await backupInto(url, clients)
  generations.push(generation)
  return generation
}

beforeAll(async () => {
  ;[platform, clients] = await Promise.all([startTestPlatform(), testClients()])
  await platform.server.stop()
  const server = await startPostgres({ directory: platform.directory, major: 15, settings: manyLocks })
  platform.server.stop = () => server.stop()
  const moved = new URL(platform.databaseUrl)
  moved.port = String(server.port)
  url = moved.href
})

afterAll(async () => {
  await platform?.stop()
  await Promise.all(generations.map((generation) => rm(generation, { recursive: true, force: true })))
})

describe('a restore', () => {
  test('of a project without anything of its own leaves one, whatever was there', async () => {
    const empty = await backup()
    await query(
      url,
      'CREATE TABLE public.surplus (a int); INSERT INTO auth.users (id) VALUES (gen_random_uuid())',
    )
    await restoreDatabase(options(empty))
    expect((await verifyDatabase(options(empty))).differences).toEqual([])
  })

  test('of 5,000 tables, 300 partitions and a row of 100 MB comes out equal', async () => {
    await query(
      url,
      `DO $$ BEGIN
        FOR n IN 1..5000 LOOP
          EXECUTE format('CREATE TABLE public.t%s (id int, note text)', n);
          IF n % 500 = 0 THEN COMMIT; END IF;
        END LOOP;
        CREATE TABLE public.parted (n int) PARTITION BY RANGE (n);
        FOR n IN 1..300 LOOP
          EXECUTE format('CREATE TABLE public.part%s PARTITION OF public.parted FOR VALUES FROM (%s) TO (%s)', n, n, n + 1);
        END LOOP;
      END $$`,
    )
    await query(
      url,
      `INSERT INTO public.parted SELECT n % 300 + 1 FROM generate_series(1, 3000) n;
      CREATE TABLE public.wide (id int, body text); ALTER TABLE public.wide ALTER body SET STORAGE EXTERNAL;
      INSERT INTO public.wide SELECT 1, repeat(md5('x') || E'\\t', 3050000)`,
    )
    const large = await backup()
    await restoreDatabase(options(large))
    const { differences, counts } = await verifyDatabase(options(large))
    expect(differences).toEqual([])
    expect(counts['tables']).toBeGreaterThan(5300)
    expect(await query(url, 'SELECT length(body) FROM public.wide')).toEqual([{ length: 100_650_000 }])
  })
})
