import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Candidate, type Comparison, compare } from './harness.ts'
import { measure } from './storage.ts'
import { removeAll, type StorageBench, sql } from './storage-objects.ts'
import { bucket } from './storage-service.ts'

/** Rows of empty objects, the same each time: the generation before is made once. */
const rows = (count: number) => `
  insert into storage.buckets (id, name) values ('${bucket}', '${bucket}');
  insert into storage.objects (id, bucket_id, name, version, created_at, updated_at, last_accessed_at, metadata)
  select lpad(n::text, 32, '0')::uuid, '${bucket}', n / 100 || '/' || n || '.bin', n::text, t, t, t,
         json_build_object('size', 0, 'eTag', '"d41d8cd98f00b204e9800998ecf8427e"', 'mimetype', 'text/plain',
                           'cacheControl', 'no-cache')
    from generate_series(1, ${count}) n, cast('2026-01-01' as timestamptz) t;
  analyze storage.objects`

/** Where lists in memory and links take 2.3 s for 100,000 objects, a night may take 4 s. */
const leastRatio = 1.75

/** At once, since the asynchronous `rm` holds every name of the tree in memory. */
function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
}

/**
 * What more objects cost when nothing changed: rows made by SQL over empty objects, since only listing, comparing and
 * linking are measured. What a restore of them costs when they are all there. And what a night with the second number of
 * them costs beside a program that does nothing else and holds all in memory.
 *
 * @param sizes - numbers of objects, the first being what the others are compared with
 */
export async function benchStorageScaling(
  bench: StorageBench,
  [smallest, ...larger]: readonly [number, number, ...number[]],
): Promise<Comparison[]> {
  const at = (name: string) => join(bench.directory, name)
  const prepare = async (count: number) => {
    await sql(bench, `${removeAll}; ${rows(count)}`)
    remove(at(`after-${count}`))
    if (!existsSync(at(`before-${count}`))) await measure(bench, 'prepare', at(`before-${count}`))
  }
  const mirror = (count: number) => measure(bench, 'mirror', at(`after-${count}`), at(`before-${count}`))
  const candidate = (count: number, goal?: number): Candidate => ({
    name: `${count} objects`,
    prepare: () => prepare(count),
    run: () => mirror(count),
    ...(goal !== undefined && { goal }),
  })
  const restored = (count: number, goal?: number): Candidate => ({
    ...candidate(count, goal),
    async prepare() {
      await prepare(count)
      await mirror(count)
    },
    run: () => measure(bench, 'restore', at(`after-${count}`)),
  })
  const bySize = (title: string, one: (count: number, goal?: number) => Candidate) =>
    compare({
      title,
      rounds: bench.rounds,
      candidates: [one(smallest), ...larger.map((count) => one(count, (count / smallest) * 1.05))],
    })
  const nights = await bySize('Nothing changed, by the number of objects', candidate)
  const restores = await bySize('Restore onto an equal project, by the number of objects', restored)
  const [count] = larger
  const least = await compare({
    title: `Nothing changed in ${count} objects`,
    rounds: bench.rounds,
    candidates: [
      {
        name: 'lists in memory, links',
        prepare: () => prepare(count),
        run: () => measure(bench, 'link', at(`after-${count}`), at(`before-${count}`)),
      },
      candidate(count, leastRatio),
    ],
  })
  await sql(bench, removeAll)
  remove(bench.directory)
  return [nights, restores, least]
}
