import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  beginResumeState,
  observedBy,
  progressIn,
  readResumeState,
} from '../../../src/restore/resume-state.ts'

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'progress-test-'))
})
afterEach(() => rm(state, { recursive: true }))

const path = () => join(state, 'restore/progress.json')
const begin = () =>
  beginResumeState(state, {
    ...{ backupRunId: 'run-1', source: 'Local', target: 'there', components: ['database'] },
    asked: { arm: false, rollback: false, overSource: false },
    flags: { bucket: ['avatars'], batches: false },
  })

describe('how far a restore came', () => {
  test('is read as it was written', async () => {
    const progress = await begin()
    const database = progressIn(progress, 'database')
    await database.note({ transaction: '42' })
    await database.note({ weakened: [] })
    await progressIn(progress, 'storage').note({ sent: 3 })
    expect(database.state).toEqual({ transaction: '42', weakened: [] })
    expect(await readResumeState(state)).toMatchObject({
      ...{ schema: 2, source: 'Local', flags: { bucket: ['avatars'], batches: false } },
      states: { database: { transaction: '42', weakened: [] }, storage: { sent: 3 } },
    })
  })

  test('is brought into the form of today where an earlier version wrote it', async () => {
    await mkdir(join(state, 'restore'))
    await copyFile('test/fixtures/upgrade/0.1.0/state/restore/progress.json', path())
    const old = JSON.parse(await readFile(path(), 'utf8'))
    const weakened = [{ kind: 'left-out', name: 'VIEW public broken', reason: 'as asked' }]
    const scope = { buckets: ['avatars'], prefix: 'a/', objects: ['films/b'] }
    const asked = { scope, keepExtra: true, arm: true, batches: true, rollback: true }
    await writeFile(path(), JSON.stringify({ ...old, weakened, asked }))
    const { asked: _, transaction: __, ...same } = old
    expect(await readResumeState(state)).toEqual({
      ...{ ...same, schema: 2, states: { database: { transaction: '786', weakened } } },
      asked: { arm: true, rollback: true, overSource: false },
      flags: {
        ...{ bucket: ['avatars'], prefix: 'a/', object: ['films/b'] },
        ...{ 'keep-extra': true, batches: true },
      },
    })
  })

  test('has a folder for each component, and of a restore begun in format 1 the one there is', async () => {
    expect(observedBy(state, 'storage')).toBe(join(state, 'storage'))
    await writeFile(join(state, 'index.json'), '{}')
    expect(observedBy(state, 'storage')).toBe(state)
  })

  test('is refused, and left as it is, where a newer toolkit wrote it', async () => {
    await begin()
    const newer = JSON.stringify({ ...JSON.parse(await readFile(path(), 'utf8')), schema: 3 })
    await writeFile(path(), newer)
    await expect(readResumeState(state)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
    expect(await readFile(path(), 'utf8')).toBe(newer)
  })

  test.each(['', '{"source":', '{}', '[]'])('is told to be damaged where it says %j', async (text) => {
    await mkdir(join(state, 'restore'))
    await writeFile(path(), text)
    await expect(readResumeState(state)).rejects.toMatchObject({
      code: 'STATE_DAMAGED',
      suggestion: `Put it aside: mv '${path()}' '${path()}.damaged'`,
    })
  })
})
