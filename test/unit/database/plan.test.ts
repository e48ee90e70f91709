import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { ContentsEntry } from '../../../src/database/rules/contents.ts'
import { divideRuns, planRuns, transformedBy } from '../../../src/database/rules/plan.ts'
import { decide } from '../../../src/database/rules/rules.ts'
import { contentsEntry as entry } from '../../helpers/contents-entry.ts'

const namespace = 'app'
const schema = entry({ dumpId: 1, desc: 'SCHEMA', section: 'none', tag: 'app' })
const extension = entry({ dumpId: 2, desc: 'EXTENSION', section: 'none', tag: 'citext' })
const table = entry({ dumpId: 3, desc: 'TABLE', namespace, tag: 'orders' })
const comment = entry({ dumpId: 4, desc: 'COMMENT', section: 'none', namespace, dependencies: [3] })
const adopted = entry({ dumpId: 5, desc: 'TABLE', namespace, tag: 'theirs', owner: 'supabase_admin' })
const wrapper = entry({ dumpId: 6, desc: 'FOREIGN DATA WRAPPER', tag: 'w' })
const after = entry({ dumpId: 7, desc: 'TABLE', namespace, tag: 'items' })
const rows = entry({
  dumpId: 8,
  desc: 'TABLE DATA',
  section: 'data',
  namespace,
  tag: 'orders',
  dependencies: [3],
})
const index = entry({ dumpId: 9, desc: 'INDEX', section: 'post-data', namespace, tag: 'i' })
const grants = entry({ dumpId: 10, desc: 'ACL', section: 'none', namespace, dependencies: [3] })
const trigger = entry({ dumpId: 11, desc: 'EVENT TRIGGER', section: 'post-data', tag: 'e' })
const platforms = entry({ dumpId: 12, desc: 'TABLE', namespace: 'auth', tag: 'users' })
const entries = [
  schema,
  extension,
  table,
  comment,
  adopted,
  wrapper,
  after,
  rows,
  index,
  grants,
  trigger,
  platforms,
]

function plan(options: { direct?: ContentsEntry[]; privileged?: ContentsEntry[] } = {}) {
  const decisions = decide(entries, { userTriggers: new Set() })
  return planRuns(decisions, {
    direct: new Set(options.direct ?? []),
    privileged: new Set(options.privileged ?? []),
  })
}

const idsOf = (runs: ReturnType<typeof plan>) =>
  Object.fromEntries(
    [...runs].map(([step, list]) => [step, list.map((run) => run.entries.map((e) => e.dumpId))]),
  )

describe('the plan of a restore', () => {
  test('puts each kept entry into its step, and one that is left out into none', () => {
    const { 'pre-data': _, ...others } = idsOf(plan())
    expect(others).toMatchObject({
      ...{ schemas: [[1]], extensions: [[2]], data: [[8]], privileges: [[10]] },
      ...{ 'post-data': [[9]], 'event-triggers': [[11]] },
    })
    expect([...plan().values()].flat().flatMap((run) => run.entries)).not.toContain(platforms)
  })

  test('puts a comment where the thing is that it is about', () => {
    expect(idsOf(plan())['pre-data']?.[0]).toEqual([3, 4])
  })

  test('begins another run where ownership has to stay as it is, in the order of the dump', () => {
    const runs = plan()
      .get('pre-data')
      ?.map(({ noOwner, entries: members }) => [noOwner, members.map((e) => e.dumpId)])
    expect(runs).toEqual([
      [false, [3, 4]],
      [true, [5, 6]],
      [false, [7]],
    ])
  })

  test('begins another run where only a superuser can restore', () => {
    const runs = plan({ privileged: [after] }).get('pre-data') ?? []
    expect(runs.map(({ privileged }) => privileged)).toEqual([false, false, true])
  })

  test('takes what a rule transforms only where nothing of it has to be changed', () => {
    const view = entry({ dumpId: 20, desc: 'MATERIALIZED VIEW DATA', section: 'data', namespace, tag: 'm' })
    const decisions = decide([view], { userTriggers: new Set() })
    const planned = (direct: ContentsEntry[]) =>
      planRuns(decisions, { direct: new Set(direct), privileged: new Set() }).get('data')?.length
    expect([planned([]), planned([view])]).toEqual([0, 1])
    expect(transformedBy(decisions, 'materialized-views')).toEqual([view])
    expect(transformedBy(decisions, 'granted-by-others')).toEqual([])
  })

  test('is divided into parts of so many entries at most, and none of it is lost', () => {
    const divided = divideRuns(plan(), 1)
    expect(idsOf(divided)['pre-data']).toEqual([[3], [4], [5], [6], [7]])
    expect(divided.get('pre-data')?.map(({ noOwner }) => noOwner)).toEqual([false, false, true, true, false])
    expect(idsOf(divideRuns(plan(), 100))).toEqual(idsOf(plan()))
  })
})

test('every step of the plan stands in the commands of RECOVERY.md, in its order', async () => {
  const page = await readFile(new URL('../../../src/database/recovery.md', import.meta.url), 'utf8')
  const commands = [...page.matchAll(/(?:^ *|&& )entries ([a-z-]+)/gm)].map(([, step]) => step)
  const steps = [...planRuns([], { direct: new Set(), privileged: new Set() }).keys()]
  expect(commands).toEqual([...steps, 'large-objects', 'views'])
})
