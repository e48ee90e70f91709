import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { runProgram } from '../../src/common/process.ts'
import { type Comparison, compare } from './harness.ts'

export interface BorgBench {
  /** A database that `fillDatabase` filled. */
  url: string
  directory: string
  rounds: number
}

/** What one night added to the repository, in bytes and as a share of its first archive. */
export interface Growth {
  night: string
  bytes: number
  share: number
}

const tables = ['customers', 'orders', 'lines', 'events']
const passphrase = { BORG_PASSPHRASE: 'bench' }

/** As src/shell/borg.sh archives a generation of less than 10 GB. */
const chunks = ['--chunker-params', 'buzhash,10,23,13,4095', '--files-cache=mtime,size,inode', '--noctime']

function tools({ url, directory }: BorgBench) {
  const env = { PATH: process.env['PATH'], BORG_BASE_DIR: join(directory, 'borg-home'), ...passphrase }
  const run = (program: string, args: string[], cwd?: string) =>
    runProgram({ program, args, env, cwd, phase: 'bench/borg', suggestion: '' })
  return {
    run,
    init: async (repository: string) => {
      await rm(repository, { recursive: true, force: true })
      await run('borg', ['init', '--encryption=repokey-blake2', repository])
    },
    dump: async (folder: string) => {
      await rm(folder, { recursive: true, force: true })
      await run('pg_dump', ['-Fd', '-j2', '-Z0', '-f', folder, url])
    },
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = files
    .filter((file) => file.isFile())
    .map(async (file) => (await stat(join(file.parentPath, file.name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

/** Night 2: 1 % of all rows, at random, and 1 % new ones. Nights 3 and 4: the newest 1 %, and 1 % new ones. */
async function live(url: string, spread: 'random' | 'newest'): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const touch: Record<string, string> = {
    customers: "name = md5(name || 'x')",
    orders: "note = md5(note || 'x')",
    lines: 'quantity = quantity + 1',
    events: 'happened_at = clock_timestamp()',
  }
  for (const table of tables) {
    const chosen =
      spread === 'random' ? 'random() < 0.01' : `id > (select max(id) * 0.99 from bench.${table})`
    await client.query(`update bench.${table} set ${touch[table]} where ${chosen}`)
    const { fields } = await client.query(`select * from bench.${table} limit 0`)
    const columns = fields.map(({ name }) => `"${name}"`)
    const values = columns.map((name) => (name === '"id"' ? 'id + (select max(id) from bench.X)' : name))
    await client.query(
      `insert into bench.${table} (${columns.join(', ')})
       select ${values.join(', ').replace('bench.X', `bench.${table}`)} from bench.${table}
        where id <= (select max(id) * 0.01 from bench.${table})`,
    )
    await client.query(`vacuum bench.${table}`)
  }
  await client.end()
}

/** How much four nights add to a repository, with the toolkit's chunk size. */
export async function benchGrowth(bench: BorgBench): Promise<Growth[]> {
  const { run, init, dump } = tools(bench)
  const repository = join(bench.directory, 'growth.borg')
  const folder = join(bench.directory, 'growth')
  await init(repository)
  const growth: Growth[] = []
  let before = 0
  for (const night of ['1, the first', '2, 1 % at random', '3, the newest 1 %', '4, the newest 1 %']) {
    if (growth.length > 0) await live(bench.url, growth.length === 1 ? 'random' : 'newest')
    await mkdir(folder, { recursive: true })
    await dump(join(folder, 'dump'))
    await run('borg', ['create', '-C', 'zstd,3', ...chunks, `${repository}::n${growth.length}`, '.'], folder)
    const after = await sizeOf(join(repository, 'data'))
    growth.push({ night, bytes: after - before, share: (after - before) / (growth[0]?.bytes ?? after) })
    before = after
  }
  return growth
}

/** Dump and first archive as the toolkit makes them, beside a compressed dump archived with Borg's defaults. */
export async function benchArchive(bench: BorgBench): Promise<Comparison> {
  const { run, init, dump } = tools(bench)
  const repository = join(bench.directory, 'archive.borg')
  const folder = join(bench.directory, 'archive')
  const prepare = async () => {
    await init(repository)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
  }
  return compare({
    title: 'dump and archive',
    rounds: bench.rounds,
    candidates: [
      {
        name: 'pg_dump -Fc, borg create',
        prepare,
        async run() {
          await run('pg_dump', ['-Fc', '-f', join(folder, 'dump'), bench.url])
          await run('borg', ['create', `${repository}::a`, '.'], folder)
          return { bytes: await sizeOf(join(repository, 'data')) }
        },
      },
      {
        name: 'pg_dump -Fd -Z0 -j2, borg create as we do',
        prepare,
        async run() {
          await dump(join(folder, 'dump'))
          await run('borg', ['create', '-C', 'zstd,3', ...chunks, `${repository}::a`, '.'], folder)
          return { bytes: await sizeOf(join(repository, 'data')) }
        },
        goal: 0.65,
      },
    ],
  })
}
