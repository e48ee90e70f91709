import { writeFile } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { launches } from '../../src/server/db/schema/index.ts'
import { queueOf } from '../../src/server/runner/queue.ts'
import type { Runner } from '../../src/server/runner/runner.ts'
import { openTestApp, type TestApp } from '../helpers/app.ts'
import { startRunning } from '../helpers/running.ts'

let app: TestApp
beforeEach(async () => {
  app = await openTestApp()
})
afterEach(() => app.remove())

/** A runner whose runs go on until they are said to end. */
function idleRunner() {
  const under = new Map<string, string>()
  const begun: string[] = []
  const runner: Pick<Runner, 'begin' | 'isBusy' | 'isOwn'> = {
    begin({ id }, { runId }) {
      under.set(runId, id)
      begun.push(id)
      app.database.update(launches).set({ state: 'started' }).where(eq(launches.runId, runId)).run()
    },
    isBusy: (projectId) => [...under.values()].includes(projectId),
    isOwn: (runId) => under.has(runId),
  }
  const end = (projectId: string) => {
    for (const [runId, id] of under) {
      if (id !== projectId) continue
      under.delete(runId)
      app.database.update(launches).set({ state: 'ended' }).where(eq(launches.runId, runId)).run()
    }
  }
  return { runner, begun, end }
}

function queueWith(idle: ReturnType<typeof idleRunner>, mostAtOnce = 2) {
  const { database, registry } = app
  const changed: string[] = []
  const queue = queueOf({
    ...{ database, registry, runner: idle.runner, mostAtOnce: () => mostAtOnce },
    changed: (projectId) => changed.push(projectId),
  })
  const add = (projectId: string, kind: 'backup' | 'drill' = 'backup', more: { notAfter?: Date } = {}) => {
    const wanted = { projectId, options: { kind }, startedBy: 'ada@example.com', ...more }
    const runId = queue.put(wanted)
    queue.pump()
    return runId
  }
  return { ...queue, add, changed }
}

const stateOf = (runId: string) =>
  app.database.select().from(launches).where(eq(launches.runId, runId)).get()?.state

async function addProjects(...names: string[]) {
  for (const name of names) await app.lab.addProject(name)
  await app.watch.lookNow()
}

describe('the queue', () => {
  test('begins so many at once, one a project, in the order of arrival', async () => {
    await addProjects('a', 'b', 'c')
    const idle = idleRunner()
    const queue = queueWith(idle)
    queue.open()
    queue.add('a')
    queue.add('a', 'drill')
    queue.add('b')
    queue.add('c')
    expect(idle.begun).toEqual(['a', 'b'])
    expect(queue.list()).toMatchObject([
      { projectName: 'a', kind: 'drill', position: 1, waitsFor: 'project' },
      { projectName: 'c', kind: 'backup', position: 2, waitsFor: 'place' },
    ])
    idle.end('b')
    queue.pump()
    expect(idle.begun).toEqual(['a', 'b', 'c'])
    idle.end('a')
    queue.pump()
    expect(idle.begun).toEqual(['a', 'b', 'c', 'a'])
    expect(queue.list()).toEqual([])
  })

  test('goes on after a restart with what waited, and counts what goes on from before', async () => {
    const state = await app.lab.addProject('a')
    await app.lab.addProject('b')
    await app.lab.addProject('c')
    await app.registry.discover()
    const before = queueWith(idleRunner())
    const first = before.add('a')
    before.add('b')
    before.add('c')
    // Begun, and the dashboard is killed.
    app.database.update(launches).set({ state: 'started' }).where(eq(launches.runId, first)).run()
    const run = await startRunning(state, 'a', first)
    const idle = idleRunner()
    const after = queueWith(idle)
    after.open()
    expect(idle.begun).toEqual([])
    await app.watch.lookNow()
    after.pump()
    expect(idle.begun).toEqual(['b'])
    await run.stop()
    await app.watch.lookNow()
    after.pump()
    expect(idle.begun).toEqual(['b', 'c'])
  })

  test('lets go of one that is cancelled before its turn, and of no other', async () => {
    await addProjects('a')
    const idle = idleRunner()
    const queue = queueWith(idle)
    const runId = queue.add('a')
    expect(queue.cancel('b', runId, 'ada')).toBe(false)
    expect(queue.cancel('a', runId, 'ada')).toBe(true)
    expect(queue.cancel('a', runId, 'ada')).toBe(false)
    queue.open()
    expect(idle.begun).toEqual([])
    expect(stateOf(runId)).toBe('cancelled')
    expect(queue.changed).toContain('a')
  })

  test('takes the same run of a project once', async () => {
    await addProjects('a')
    const queue = queueWith(idleRunner())
    queue.add('a')
    expect(() => queue.add('a')).toThrow(/waits for its turn already/)
    queue.add('a', 'drill')
    expect(queue.list()).toHaveLength(2)
  })

  test('says why one did not begin: its configuration, or its window had closed', async () => {
    await addProjects('a', 'b')
    const queue = queueWith(idleRunner())
    const wrong = queue.add('a')
    const late = queue.add('b', 'backup', { notAfter: new Date(Date.now() - 1000) })
    await writeFile(app.lab.envFile('a'), 'BORG_REPOO=x\n', { mode: 0o600 })
    await app.watch.lookNow()
    queue.open()
    expect([stateOf(wrong), stateOf(late)]).toEqual(['refused', 'skipped'])
    const shown = await app.as(app.token('viewer')).runs.get({ projectId: 'a', runId: wrong })
    expect(shown.launch?.problem).toMatchObject({ code: 'CONFIG_UNKNOWN_VARIABLE' })
  })
})

test('A run that waits is shown with its place and can be cancelled by who may start one', async () => {
  await addProjects('a')
  const operator = app.as(app.token('operator'))
  const { runId } = await operator.runs.start({ projectId: 'a', options: { kind: 'backup' } })
  expect(await operator.runs.get({ projectId: 'a', runId })).toMatchObject({
    state: 'queued',
    queued: { position: 1 },
  })
  expect(await operator.runs.queue()).toMatchObject([{ runId, startedBy: 'token operator' }])
  await operator.runs.cancel({ projectId: 'a', runId })
  expect(await operator.runs.get({ projectId: 'a', runId })).toMatchObject({
    state: 'cancelled',
    cancelledBy: 'token operator',
  })
  expect(await operator.runs.unbegun({ projectId: 'a' })).toMatchObject([{ state: 'cancelled' }])
})
