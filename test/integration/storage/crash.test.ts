import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/common/process.ts'
import { storageLayout } from '../../../src/storage/catalogue/layout.ts'
import { unless } from '../../helpers/skipped.ts'
import { notStandIn, realStorage, startTestStorage, type TestStorage } from '../../helpers/storage.ts'
import { createGenerations, type Generations } from '../../helpers/storage-generations.ts'

const worker = new URL('../../bench/storage-client.ts', import.meta.url).pathname
const objects = 60
let storage: TestStorage
let generations: Generations

describe.skipIf(realStorage)(unless(notStandIn, 'a mirror in a process of its own'), () => {
  beforeAll(async () => {
    storage = await startTestStorage()
    await storage.createBucket('bench')
    for (let n = 0; n < objects; n += 1) await storage.put('bench', `k${n}`, `number ${n}`)
    await storage.put('bench', 'large', Buffer.alloc(6 << 20, 'large '))
  })
  afterAll(() => storage?.stop())

  beforeEach(async () => {
    storage.fake().faults.clear()
    generations = await createGenerations(storage)
    return () => generations.remove()
  })

  const options = (name: string) =>
    JSON.stringify({
      ...storage.endpoint,
      databaseUrl: storage.databaseUrl,
      bucket: 'bench',
      directory: generations.path(name),
      concurrency: 4,
    })

  /** Starts the worker and kills it, without any warning, when the service has been asked for so many objects. */
  async function killAfter(requests: number) {
    await mkdir(generations.path('dead'))
    const planted = storage
      .fake()
      .faults.add({ match: { route: 'get' }, fault: { kind: 'delay', milliseconds: 5 } })
    const child = spawn(process.execPath, [worker, 'mirror'], {
      stdio: ['pipe', 'ignore', 'inherit'],
    })
    child.stdin.end(options('dead'))
    while (planted.struck < requests) await new Promise((resolve) => setTimeout(resolve, 2))
    child.kill('SIGKILL')
    await once(child, 'close')
    storage.fake().faults.clear()
  }

  test.each([1, 20, 45, objects + 1])(
    'killed after %i requests, the next run goes on and fetches the rest',
    async (requests) => {
      await killAfter(requests)
      storage.fake().requests.clear()
      const result = await generations.backUp('1', { salvage: [generations.path('dead')] })
      expect(result).toMatchObject({ status: 'complete', counts: { objects: objects + 1 } })
      const { objectsSalvaged = 0, objectsFetched } = result.counts
      expect(objectsFetched).toBe(objects + 1 - objectsSalvaged)
      // Four were under way at once, one of them large, and up to four more had just been asked for.
      expect(objectsSalvaged).toBeGreaterThanOrEqual(requests - 8)
      for (const row of await generations.rows('1', 'bench'))
        if (row.name !== 'large')
          expect((await generations.bytes('1', 'bench', row.name)).toString()).toBe(
            `number ${row.name.slice(1)}`,
          )
    },
  )

  /** Runs the worker on a file system of its own of so many bytes, which only root can make. */
  const onSmallDisk = (name: string, bytes: number, prepare = 'true') =>
    runProgram({
      program: 'unshare',
      args: [
        '--mount',
        'sh',
        '-c',
        `mkdir "$1" && mount -t tmpfs -o size=${bytes} none "$1" && ${prepare} && "$2" "$3" mirror`,
        'sh',
        generations.path(name),
        process.execPath,
        worker,
      ],
      env: { PATH: process.env['PATH'] },
      input: options(name),
      phase: 'test',
      suggestion: '',
    })

  const canMount = process.getuid?.() === 0
  const notRoot = 'only root can mount a small disk'

  test.runIf(canMount)(unless(!canMount && notRoot, 'with room for everything succeeds'), async () => {
    expect(JSON.parse((await onSmallDisk('roomy', 20 << 20)).stdout)).toMatchObject({ requests: objects + 2 })
  })

  test.runIf(canMount).each([
    ['at the temporary file of a small object', 128 << 10],
    ['at the temporary file of a large one', 3 << 20],
  ])(unless(!canMount && notRoot, 'with a disk that is full %s, says so'), async (_, bytes) => {
    await expect(onSmallDisk('full', bytes)).rejects.toMatchObject({
      detail: expect.stringContaining('There is no room left for the Storage objects.'),
    })
  })

  test.runIf(canMount)(
    unless(!canMount && notRoot, 'with a disk that is full at the manifest, says so'),
    async () => {
      const manifest = storageLayout(generations.path('full')).manifest('bench')
      const folder = manifest.slice(0, manifest.lastIndexOf('/'))
      const prepare = `mkdir -p "${folder}" && mount -t tmpfs -o size=4096 none "${folder}"`
      await expect(onSmallDisk('full', 20 << 20, prepare)).rejects.toMatchObject({
        detail: expect.stringContaining('There is no room left for the Storage objects.'),
      })
    },
  )
})
