import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findWorker } from '../helpers/find-worker.ts'
import { makeToolkit, type Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await makeToolkit()
})
afterAll(() => toolkit.remove())

/** A backup whose database is under way until `go`, and whose Storage has ended. */
async function startWaiting() {
  const file = join(toolkit.folder, `go-${Date.now()}`)
  const run = toolkit.startBackup([], { FIXTURE_BACKUP: 'wait', FIXTURE_GO: file })
  run.stdin.end()
  run.stdout.resume()
  return { ...run, go: () => writeFile(file, '') }
}

const sealer = () => findWorker('generation.ts seal', toolkit.folder)
const isThere = () => expect.poll(sealer, { timeout: 60_000 }).toBeTypeOf('number')

it('the worker that seals a generation is loaded while the last component is under way, and works when that has ended', async () => {
  const run = await startWaiting()
  await isThere()
  expect(await toolkit.generations()).not.toContain('current')
  await run.go()
  const { code, stderr } = await run.ended
  expect(code, stderr).toBe(0)
  const steps = ['components', 'seal', 'archive'].map((name) => expect.objectContaining({ name }))
  expect(await toolkit.report()).toMatchObject({ steps: expect.arrayContaining(steps) })
  expect(await toolkit.generations()).toEqual(['current'])
  expect(await sealer()).toBeUndefined()
})

it('the worker that seals says nothing where the run is stopped before its turn, and ends with it', async () => {
  const run = await startWaiting()
  await isThere()
  process.kill(run.pid, 'SIGTERM')
  const { code, stderr } = await run.ended
  expect(code, stderr).toBe(143)
  expect(await toolkit.report()).toMatchObject({ error: { code: 'INTERRUPTED', phase: 'backup' } })
  expect(stderr.match(/INTERRUPTED/g)).toHaveLength(1)
  expect(await sealer()).toBeUndefined()
})

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'the worker that seals is named where somebody ends it by %s before its turn, the last generation stays, and the next run is good',
  async (signal) => {
    const run = await startWaiting()
    await isThere()
    process.kill((await sealer()) ?? Number.NaN, signal)
    await run.go()
    const { code, stderr } = await run.ended
    expect(code, stderr).toBe(1)
    expect(await toolkit.report()).toMatchObject({
      error: {
        code: 'WORKER_DIED',
        message: expect.stringContaining(`generation.ts was ended by ${signal}`),
      },
    })
    expect(await toolkit.generations()).toContain('current')
    expect(await toolkit.backup()).toMatchObject({ code: 0 })
    expect(await toolkit.generations()).toEqual(['current'])
  },
)
