import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { silentLog as log } from '../../src/common/log.ts'
import { runProgram } from '../../src/common/process.ts'
import { backupDatabase } from '../../src/database/capture/backup.ts'
import type { ClientProgram } from '../../src/database/connect/client-programs.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { libpqArguments, libpqEnvironment, parseConnection } from '../../src/database/connect/connection.ts'
import { openSnapshot } from '../../src/database/connect/snapshot.ts'
import { type Comparison, compare, compareWith, type Sample } from './harness.ts'

export interface RestoreBench {
  /** A database that `fillDatabase` filled, and a project without a user's objects to restore it into. */
  sourceUrl: string
  targetUrl: string
  serverMajor: number
  /** A folder with room for the dump and a copy of it as plain SQL. */
  directory: string
  rounds: number
}

const phase = 'bench/restore'
const client = fileURLToPath(new URL('restore-client.ts', import.meta.url))
const sampleSchema = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakBytes: z.number() })

/**
 * A restore beside the order of the Supabase CLI's dumps (all of the schema with its indexes, then the rows) and beside
 * `pg_restore -1` of the same contents; and its verification beside a dump of the same database.
 */
export async function benchRestore(bench: RestoreBench): Promise<Comparison[]> {
  const { sourceUrl, targetUrl, serverMajor, directory, rounds } = bench
  const clients = await findClients({ environment: process.env, serverMajor, log, phase })
  await addIndexes(sourceUrl)
  const generation = join(directory, 'restore-bench')
  await rm(generation, { recursive: true, force: true })
  await mkdir(generation, { recursive: true })
  const source = parseConnection({ url: sourceUrl }, phase)
  const snapshot = await openSnapshot(source)
  await backupDatabase({ snapshot, connection: source, clients, generation, jobs: 2, log })
  await snapshot.close()

  const target = parseConnection({ url: targetUrl }, phase)
  const run = (program: ClientProgram, args: string[], toTarget = true) =>
    runProgram({
      ...clients.command(program, [...(toTarget ? libpqArguments : []), ...args], libpqEnvironment(target)),
      phase,
      suggestion: '',
    })
  const dump = join(generation, 'database', 'dump')
  const plain = (part: 'schema' | 'data') => join(generation, `${part}.sql`)
  for (const part of ['schema', 'data'] as const)
    await run('pg_restore', [`--${part}-only`, '--schema=bench', `--file=${plain(part)}`, dump], false)
  const ours = async (work: string): Promise<Sample> => {
    const { stdout } = await runProgram({
      program: process.execPath,
      args: [client],
      input: JSON.stringify({ url: targetUrl, generation, serverMajor, work }),
      env: { PATH: process.env['PATH'] },
      phase,
      suggestion: '',
    })
    return sampleSchema.parse(JSON.parse(stdout))
  }
  const quietly = async (work: Promise<unknown>) => {
    await work
    return undefined
  }
  const prepare = () => emptyTarget(targetUrl)
  const restores = await compare({
    title: 'restore of a database',
    rounds,
    candidates: [
      {
        name: 'plain SQL: schema, then rows',
        prepare,
        run: () =>
          quietly(
            run('psql', [
              '-X',
              '-q',
              '-1',
              '-v',
              'ON_ERROR_STOP=1',
              '-f',
              plain('schema'),
              '-f',
              plain('data'),
            ]),
          ),
      },
      {
        name: 'pg_restore -1',
        prepare,
        run: () => quietly(run('pg_restore', ['-1', '--schema=bench', dump])),
      },
      { name: 'restore', prepare, run: () => ours('restore'), goal: 0.65 },
      {
        name: 'restore, rows compared before the COMMIT',
        prepare,
        run: () => ours('restore and compare rows'),
      },
    ],
  })
  await ours('restore')
  const verification = await compare({
    title: 'verification of a database',
    rounds,
    candidates: [
      {
        name: 'pg_dump',
        prepare: () => rm(join(generation, 'again'), { recursive: true, force: true }),
        run: () => quietly(run('pg_dump', ['-Fd', '-Z0', '-j1', '-f', join(generation, 'again')])),
      },
      { name: 'verify', run: () => ours('verify'), goal: 1.1 },
    ],
  })
  await rm(generation, { recursive: true, force: true })
  return [restores, compareWith(restores, 'pg_restore -1', { restore: 1.1 }), verification]
}

/** An empty schema for the programs that do not make one, and everything written to disk. */
async function emptyTarget(url: string): Promise<void> {
  const database = new pg.Client(url)
  await database.connect()
  await database.query('DROP SCHEMA IF EXISTS bench CASCADE')
  await database.query('CREATE SCHEMA bench')
  await database.end()
}

/** What makes the order of a restore matter: indexes and foreign keys, three times as many as tables. */
async function addIndexes(url: string): Promise<void> {
  const database = new pg.Client(url)
  await database.connect()
  await database.query(`
    DROP TABLE IF EXISTS bench.payments;
    CREATE TABLE bench.payments AS SELECT id, id AS "order", total AS amount FROM bench.orders;
    ALTER TABLE bench.payments ADD PRIMARY KEY (id), ADD FOREIGN KEY ("order") REFERENCES bench.orders;
    CREATE INDEX ON bench.payments ("order")`)
  const columns = {
    customers: ['email', 'name'],
    orders: ['reference', 'ordered_at'],
    lines: ['product', 'price'],
  }
  for (const [table, names] of Object.entries({ ...columns, events: ['happened_at'] }))
    for (const name of names)
      await database.query(`CREATE INDEX IF NOT EXISTS ${table}_${name} ON bench.${table} (${name})`)
  await database.end()
}
