/**
 * `npm run bench -- [--only database,restore,storage,apis,archive,night,dashboard] [--size small|medium|large] [--rounds N] [--json FILE]`
 *
 * Measures the toolkit beside its alternatives, interleaved in one run. Only the ratios mean anything: seconds are this
 * machine's, today. Prints tables, and writes the numbers as JSON.
 *
 * The storage suite runs against the stand-in, or against the empty, disposable service of STORAGE_TEST_URL,
 * STORAGE_TEST_KEY (service_role) and STORAGE_TEST_DATABASE_URL (as a superuser). With the service's S3 route in
 * STORAGE_TEST_S3_URL, STORAGE_TEST_S3_REGION, STORAGE_TEST_S3_ACCESS_KEY_ID and STORAGE_TEST_S3_SECRET_ACCESS_KEY, and
 * with rclone on PATH (nothing else asks for it: `apt-get install rclone`), it is compared with `rclone sync` as well.
 * `--size large` needs a service that takes objects of 5 GB, and 40 GB of room in TMPDIR.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { benchApis } from './apis.ts'
import { benchArchive, benchGrowth, type Growth } from './borg.ts'
import { benchDashboard } from './dashboard.ts'
import { benchDatabaseBackup, fillDatabase } from './database.ts'
import { type Comparison, renderComparison } from './harness.ts'
import { benchNight, benchSideBySide } from './night.ts'
import { benchRestore } from './restore.ts'
import { benchHugeObject, benchStorageSet } from './storage.ts'
import { benchStorageScaling } from './storage-scaling.ts'
import { openStorageService } from './storage-service.ts'

const sizes = {
  small: {
    megabytes: 50,
    sets: [{ count: 1_000, bytes: 4_096, goal: 1.15 }],
    scaling: [500, 5_000],
    users: [500, 5_000],
    functions: [20, 200],
    huge: [],
    fleet: { projects: 50, nights: 60 },
  },
  medium: {
    megabytes: 200,
    sets: [
      { count: 10_000, bytes: 4_096, goal: 1.15 },
      { count: 1_000, bytes: 256 << 10, goal: 1.1 },
      { count: 2, bytes: 400 << 20, goal: 1.1 },
    ],
    scaling: [1_000, 10_000],
    users: [1_000, 10_000],
    functions: [100, 500],
    huge: [],
    fleet: { projects: 200, nights: 180 },
  },
  large: {
    megabytes: 2_000,
    sets: [
      { count: 10_000, bytes: 4_096, goal: 1.15 },
      { count: 1_000, bytes: 256 << 10, goal: 1.1 },
      { count: 2, bytes: 400 << 20, goal: 1.1 },
    ],
    scaling: [10_000, 100_000, 1_000_000],
    users: [10_000, 100_000],
    functions: [100, 1_000],
    huge: [{ bytes: 5_000_000_000, goal: 1.1 }],
    fleet: { projects: 500, nights: 365 },
  },
} as const

const suites = ['database', 'restore', 'storage', 'apis', 'archive', 'night', 'dashboard'] as const

const usage = `npm run bench -- [--only ${suites.join(',')}] [--size ${Object.keys(sizes).join('|')}] [--rounds N] [--json FILE]
Measures the toolkit beside its alternatives; what else it takes stands at the beginning of test/bench/bench.ts.
`

function flagsOf() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string', default: suites.join(',') },
        size: { type: 'string', default: 'small' },
        rounds: { type: 'string', default: '3' },
        json: { type: 'string', default: 'bench-results/latest.json' },
        help: { type: 'boolean', default: false, short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n${usage}`)
    return process.exit(2)
  }
}

const flags = flagsOf()
if (flags.help) {
  process.stdout.write(usage)
  process.exit(0)
}
const wanted = flags.only.split(',')
const unknown = wanted.find((name) => !suites.some((suite) => suite === name))
const size = Object.entries(sizes).find(([name]) => name === flags.size)?.[1]
const rounds = Number(flags.rounds)
if (unknown !== undefined || size === undefined || !(Number.isInteger(rounds) && rounds > 0)) {
  process.stderr.write(
    `bench: --only takes ${suites.join(', ')}; --size ${Object.keys(sizes).join(', ')}; --rounds a whole number\n`,
  )
  process.exit(2)
}

const comparisons: Comparison[] = []
let growth: Growth[] = []

function show(comparison: Comparison): void {
  comparisons.push(comparison)
  process.stdout.write(`\n${renderComparison(comparison)}\n`)
}

/** A project nobody lives in yet, for one suite. */
async function inSandbox(work: (sandbox: Sandbox, directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'supabase-bench-'))
  const sandbox = await startSandbox({ directory, application: false })
  try {
    const own = join(directory, 'bench')
    await mkdir(own)
    await work(sandbox, own)
  } finally {
    await sandbox.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

if (wanted.includes('database'))
  await inSandbox(async ({ databaseUrl: url, postgres }, directory) => {
    await fillDatabase(url, size.megabytes)
    show(await benchDatabaseBackup({ url, serverMajor: postgres.major, directory, rounds }))
  })

if (wanted.includes('restore'))
  await inSandbox(async ({ databaseUrl: sourceUrl, postgres }, directory) => {
    await fillDatabase(sourceUrl, size.megabytes)
    await inSandbox(async ({ databaseUrl: targetUrl }) => {
      const bench = { sourceUrl, targetUrl, serverMajor: postgres.major, directory, rounds }
      for (const comparison of await benchRestore(bench)) show(comparison)
    })
  })

if (wanted.includes('storage')) {
  const { stop, ...service } = await openStorageService(process.env)
  const directory = await mkdtemp(join(tmpdir(), 'supabase-bench-'))
  try {
    const bench = { ...service, directory: join(directory, 'bench'), concurrency: 10, rounds }
    for (const set of size.sets) for (const comparison of await benchStorageSet(bench, set)) show(comparison)
    for (const { bytes, goal } of size.huge)
      for (const comparison of await benchHugeObject(bench, bytes, goal)) show(comparison)
    for (const comparison of await benchStorageScaling(bench, size.scaling)) show(comparison)
  } finally {
    await stop()
    await rm(directory, { recursive: true, force: true })
  }
}

if (wanted.includes('apis'))
  for (const kind of ['users', 'functions'] as const)
    for (const comparison of await benchApis(kind, size[kind], rounds)) show(comparison)

if (wanted.includes('archive'))
  await inSandbox(async ({ databaseUrl: url }, directory) => {
    await fillDatabase(url, size.megabytes)
    show(await benchArchive({ url, directory, rounds }))
    growth = await benchGrowth({ url, directory, rounds })
    const lines = growth.map(
      ({ night, bytes, share }) =>
        `  night ${night.padEnd(22)} ${(bytes / 1e6).toFixed(1).padStart(8)} MB ${(share * 100).toFixed(0).padStart(5)} %`,
    )
    process.stdout.write(`\nGrowth of the repository, as a share of the first archive\n${lines.join('\n')}\n`)
  })

if (wanted.includes('night')) {
  for (const comparison of await benchNight(rounds)) show(comparison)
  const [set] = size.sets
  show(await benchSideBySide(rounds, { megabytes: size.megabytes, objects: set.count }))
}

const dashboard = wanted.includes('dashboard') ? await benchDashboard(size.fleet) : null

const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model,
  memoryBytes: totalmem(),
  node: process.version,
}
const results = {
  measuredAt: new Date().toISOString(),
  size: flags.size,
  machine,
  comparisons,
  growth,
  dashboard,
}
await mkdir(join(flags.json, '..'), { recursive: true })
await writeFile(flags.json, `${JSON.stringify(results, null, 2)}\n`)
process.stdout.write(`\nThe numbers are in ${flags.json}\n`)
