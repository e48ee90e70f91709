import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { runProgram } from '../../src/common/process.ts'
import { formatBytes, plural } from '../../src/common/units.ts'
import { type Candidate, type Comparison, compare, type Sample } from './harness.ts'
import { downloadWithCurl, hasRclone, syncWithRclone } from './storage-downloaders.ts'
import {
  createBucket,
  fill,
  largeFrom,
  removeAll,
  removeObjects,
  type StorageBench,
  type StorageSet,
  sql,
} from './storage-objects.ts'
import type { S3Route } from './storage-service.ts'
import { bucket } from './storage-service.ts'

type Work = 'mirror' | 'restore' | 'prepare' | 'link' | 'download' | 'upload'

const client = fileURLToPath(new URL('storage-client.ts', import.meta.url))
const measuredSchema = z.object({
  seconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  requests: z.number(),
  bytes: z.number(),
})

/** One piece of work in a process of its own, so that CPU and memory are the client's alone. */
export async function measure(
  bench: StorageBench,
  work: Work,
  directory: string,
  previous?: string,
): Promise<Sample> {
  const { url, serviceRoleKey, databaseUrl, concurrency } = bench
  const options = { url, serviceRoleKey, databaseUrl, concurrency, bucket, directory, previous }
  const { stdout } = await runProgram({
    program: process.execPath,
    // As the scripts start their workers.
    args: [
      '--experimental-strip-types',
      '--disable-warning=ExperimentalWarning',
      '--max-semi-space-size=4',
      '--max-old-space-size=512',
      '--expose-gc',
      client,
      work,
    ],
    input: JSON.stringify(options),
    env: { PATH: process.env['PATH'], MALLOC_ARENA_MAX: '1' },
    phase: 'bench/storage',
    suggestion: '',
  })
  return measuredSchema.parse(JSON.parse(stdout))
}

/** One set's comparisons: the folders they share, and the candidates that several of them have. */
function openSet(bench: StorageBench, set: StorageSet) {
  const at = (name: string) => join(bench.directory, name)
  const fresh = async (name: string) => {
    await rm(at(name), { recursive: true, force: true })
    await mkdir(at(name), { recursive: true })
  }
  const firstMirror = (name: string, goal?: number): Candidate => ({
    name: 'first mirror',
    prepare: () => fresh(name),
    run: () => measure(bench, 'mirror', at(name)),
    ...(goal !== undefined && { goal }),
  })
  const nothingChanged = (goal?: number): Candidate => ({
    name: 'nothing changed',
    async prepare() {
      await mirrorAnew()
      await fresh('unchanged')
    },
    run: () => measure(bench, 'mirror', at('unchanged'), at('before')),
    ...(goal !== undefined && { goal }),
  })
  const mirrorAnew = async () => {
    await fresh('before')
    await measure(bench, 'mirror', at('before'))
  }
  const title = `${plural(set.count, 'object')} of ${formatBytes(set.bytes)}`
  return { bench, set, title, at, fresh, firstMirror, nothingChanged, mirrorAnew }
}

type OpenSet = ReturnType<typeof openSet>

function compareMirrors(open: OpenSet, route: S3Route | undefined): Promise<Comparison> {
  const { bench, set, title, at, fresh, firstMirror } = open
  const download: Candidate = {
    name: 'minimal downloader',
    prepare: () => fresh('plain'),
    run: () => measure(bench, 'download', at('plain')),
  }
  const curl: Candidate = {
    name: 'curl',
    prepare: () => fresh('plain'),
    run: () => downloadWithCurl(bench, set, at('plain')),
  }
  const rclone = route && {
    name: 'rclone sync',
    prepare: () => fresh('rclone'),
    run: () => syncWithRclone(bench, route, at('rclone')),
  }
  const others = [firstMirror('first', set.goal), ...(rclone ? [rclone] : [])]
  return compare({
    title: `Mirror of ${title}`,
    rounds: bench.rounds,
    candidates: set.bytes >= largeFrom ? [curl, download, ...others] : [download, ...others],
  })
}

function compareNights({ bench, set, title, at, fresh, ...open }: OpenSet): Promise<Comparison> {
  return compare({
    title: `Next night of ${title}`,
    rounds: bench.rounds,
    candidates: [
      open.firstMirror('again'),
      open.nothingChanged(),
      {
        name: '1 % changed',
        async prepare() {
          await open.mirrorAnew()
          await fill(bench, set, 100, randomBytes(8).toString('hex'))
          await fresh('changed')
        },
        run: () => measure(bench, 'mirror', at('changed'), at('before')),
      },
    ],
  })
}

/** Objects from which on requests, not connecting and starting, decide how long rclone and we take. */
const manyObjects = 10_000

function compareUnchanged(open: OpenSet, route: S3Route): Promise<Comparison> {
  const { bench, set, title, at, nothingChanged } = open
  return compare({
    title: `Nothing changed in ${title}`,
    rounds: bench.rounds,
    candidates: [
      {
        name: 'rclone sync',
        prepare: () => syncWithRclone(bench, route, at('rclone')),
        run: () => syncWithRclone(bench, route, at('rclone')),
      },
      nothingChanged(set.count >= manyObjects ? 1 / 8 : undefined),
    ],
  })
}

/** @param generation - the folder of the mirror that is restored */
function compareRestores({ bench, set, title, at }: OpenSet, generation: string): Promise<Comparison> {
  return compare({
    title: `Restore of ${title}`,
    rounds: bench.rounds,
    candidates: [
      {
        name: 'minimal uploader',
        prepare: () => sql(bench, removeObjects),
        run: () => measure(bench, 'upload', at('plain')),
      },
      {
        name: 'into an empty project',
        prepare: () => sql(bench, removeAll),
        run: () => measure(bench, 'restore', at(generation)),
        goal: set.goal,
      },
      {
        name: 'onto an equal project',
        prepare: () => measure(bench, 'restore', at(generation)),
        run: () => measure(bench, 'restore', at(generation)),
      },
    ],
  })
}

/** With the set in the service, and nothing of it left behind. */
async function withSet(
  bench: StorageBench,
  set: StorageSet,
  work: (open: OpenSet, route: S3Route | undefined) => Promise<Comparison[]>,
): Promise<Comparison[]> {
  const route = (await hasRclone()) ? bench.s3 : undefined
  await sql(bench, removeAll)
  await createBucket(bench)
  await fill(bench, set)
  const comparisons = await work(openSet(bench, set), route)
  await sql(bench, removeAll)
  await rm(bench.directory, { recursive: true })
  return comparisons
}

/**
 * A set of objects through its whole life: first mirror beside a minimal downloader; nothing and one per cent changed
 * beside a first mirror; restore into an empty project and onto an equal one beside a minimal uploader. Where the service
 * has an S3 route and the machine rclone, also beside `rclone sync`.
 */
export function benchStorageSet(bench: StorageBench, set: StorageSet): Promise<Comparison[]> {
  return withSet(bench, set, async (open, route) => [
    await compareMirrors(open, route),
    await compareNights(open),
    ...(route ? [await compareUnchanged(open, route)] : []),
    await compareRestores(open, 'changed'),
  ])
}

/** One huge object in both directions, above all for the memory that takes. */
export function benchHugeObject(bench: StorageBench, bytes: number, goal: number): Promise<Comparison[]> {
  return withSet(bench, { count: 1, bytes, goal }, async (open) => [
    await compareMirrors(open, undefined),
    await compareRestores(open, 'first'),
  ])
}
