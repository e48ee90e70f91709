import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { silentLog as log } from '../../src/common/log.ts'
import { runProgram } from '../../src/common/process.ts'
import type { ClientProgram } from '../../src/database/connect/client-programs.ts'
import { findClients } from '../../src/database/connect/clients.ts'
import { libpqArguments, libpqEnvironment, parseConnection } from '../../src/database/connect/connection.ts'
import { type Comparison, compare, type Sample } from './harness.ts'

export interface DatabaseBench {
  /** A database to read, as a role that may read all of it. */
  url: string
  serverMajor: number
  /** A folder with room for two dumps. */
  directory: string
  rounds: number
}

const phase = 'bench/database'
const jobs = 2
const client = fileURLToPath(new URL('database-client.ts', import.meta.url))
const sampleSchema = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakBytes: z.number() })

/** Rows of each table in 100 MB of plain dump. */
const rowsPer100Megabytes = { orders: 300_000, lines: 500_000, events: 230_000, customers: 80_000 }

/** Fills a database with tables of the usual shapes: narrow and wide, with indexes, JSON, numbers and text. */
export async function fillDatabase(url: string, megabytes: number): Promise<void> {
  const rows = (table: keyof typeof rowsPer100Megabytes) =>
    Math.round((rowsPer100Megabytes[table] * megabytes) / 100)
  const database = new pg.Client(url)
  await database.connect()
  await database.query(`
    create schema bench;
    create table bench.customers as select id, md5(id::text) || '@example.com' as email, md5(id::text || 'n') as name,
      jsonb_build_object('tags', array[md5(id::text), 'x'], 'score', id * 1.5) as profile from generate_series(1, ${rows('customers')}) id;
    create table bench.orders as select id, id % 50000 as customer, gen_random_uuid() as reference, (id % 99991)::numeric(10, 2) as total,
      now() - id * interval '1 second' as ordered_at, md5(id::text) as note from generate_series(1, ${rows('orders')}) id;
    create table bench.lines as select id, id / 3 as "order", id % 5000 as product, id % 7 as quantity, (id % 977)::numeric(8, 2) as price
      from generate_series(1, ${rows('lines')}) id;
    create table bench.events as select id, jsonb_build_object('kind', 'click', 'payload', jsonb_build_object('x', id, 'y', md5(id::text))) as body,
      now() as happened_at from generate_series(1, ${rows('events')}) id;
    alter table bench.customers add primary key (id); alter table bench.orders add primary key (id);
    alter table bench.lines add primary key (id); alter table bench.events add primary key (id);
    create index on bench.orders (customer); create index on bench.lines ("order"); analyze`)
  await database.end()
}

/**
 * The database's backup beside the three dumps of the Supabase CLI (roles, schema, data with COPY; without the
 * editing it does to their text) and beside one bare pg_dump.
 */
export async function benchDatabaseBackup(bench: DatabaseBench): Promise<Comparison> {
  const connection = parseConnection(bench, phase)
  const clients = await findClients({ environment: process.env, serverMajor: bench.serverMajor, log, phase })
  const output = join(bench.directory, 'database-bench')
  const prepare = async () => {
    await rm(output, { recursive: true, force: true })
    await mkdir(join(output, 'database'), { recursive: true })
  }
  const run = (program: ClientProgram, args: string[]) =>
    runProgram({
      ...clients.command(program, [...libpqArguments, ...args], libpqEnvironment(connection)),
      phase,
      suggestion: '',
    })
  const file = (name: string) => `--file=${join(output, name)}`
  const ours = async (rowHashes: boolean): Promise<Sample> => {
    const { stdout } = await runProgram({
      program: process.execPath,
      args: [client],
      input: JSON.stringify({ url: bench.url, generation: output, jobs, rowHashes }),
      env: { PATH: process.env['PATH'] },
      phase,
      suggestion: '',
    })
    return sampleSchema.parse(JSON.parse(stdout))
  }
  const comparison = await compare({
    title: 'Database backup',
    rounds: bench.rounds,
    candidates: [
      {
        name: "the CLI's three dumps",
        prepare,
        async run() {
          await run('pg_dumpall', [
            '--roles-only',
            '--quote-all-identifiers',
            '--no-role-passwords',
            file('roles.sql'),
          ])
          await run('pg_dump', ['--schema-only', '--quote-all-identifiers', file('schema.sql')])
          await run('pg_dump', ['--data-only', '--quote-all-identifiers', '--schema=*', file('data.sql')])
          return undefined
        },
      },
      {
        name: 'pg_dump -Fd -Z0 -j2',
        prepare,
        run: async () => void (await run('pg_dump', ['-Fd', '-Z0', `-j${jobs}`, file('dump')])),
      },
      { name: 'dump, roles, facts, SHA-256', prepare, run: () => ours(false), goal: 1.0 },
      { name: 'the same with row hashes: our backup', prepare, run: () => ours(true), goal: 1.6 },
    ],
  })
  await rm(output, { recursive: true, force: true })
  return comparison
}
