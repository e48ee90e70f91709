import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { beginProgress, readProgress } from '../../../src/restore/progress.ts'
import { createEgress } from '../../../src/storage/mirror/egress.ts'

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'progress-test-'))
})
afterEach(() => rm(state, { recursive: true }))

const path = () => join(state, 'restore/progress.json')
const begin = () =>
  beginProgress(state, {
    ...{ backupRunId: 'run-1', source: 'Local', target: 'there', components: ['database'] },
    asked: { scope: {}, keepExtra: false, arm: false, batches: false, rollback: false },
  })

describe('how far a restore came', () => {
  test('is read as it was written', async () => {
    const progress = await begin()
    await progress.note({ transaction: '42' })
    expect(await readProgress(state)).toMatchObject({ schema: 1, source: 'Local', transaction: '42' })
  })

  test('is refused, and left as it is, where a newer toolkit wrote it', async () => {
    await begin()
    const newer = JSON.stringify({ ...JSON.parse(await readFile(path(), 'utf8')), schema: 2 })
    await writeFile(path(), newer)
    await expect(readProgress(state)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
    expect(await readFile(path(), 'utf8')).toBe(newer)
  })

  test.each(['', '{"source":', '{}', '[]'])('is told to be damaged where it says %j', async (text) => {
    await mkdir(join(state, 'restore'))
    await writeFile(path(), text)
    await expect(readProgress(state)).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      suggestion: `Put it aside: mv '${path()}' '${path()}.damaged'`,
    })
  })
})

test('A damaged count of the month’s egress is no count of zero, and says how to begin anew', async () => {
  const ledger = join(state, 'egress.json')
  await writeFile(ledger, '{"month":')
  expect(() => createEgress({ ledger })).toThrow(
    expect.objectContaining({ code: 'STATE_DAMAGED', suggestion: expect.stringContaining(`mv '${ledger}'`) }),
  )
})
