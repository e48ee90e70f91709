import { describe, expect, it } from 'vitest'
import { partOf } from '../../../src/common/partial.ts'
import { type Archive, archiveName, parseArchiveName } from '../../../src/retention/archives.ts'
import { namesToPrune, planRetention, type RetentionRules } from '../../../src/retention/plan.ts'
import { renderPlan } from '../../../src/retention/render.ts'

const now = new Date('2026-11-20T12:00:00Z')
const dayMs = 86_400_000
const none: RetentionRules = {
  keepWithinDays: 0,
  keep: { daily: 0, weekly: 0, monthly: 0, yearly: 0 },
  minArchives: 1,
}

function archive(daysAgo: number, status: Archive['status'] = 'complete', part?: string): Archive {
  const parsed = parseArchiveName(
    archiveName('shop', new Date(now.getTime() - daysAgo * dayMs), status, part),
    'shop',
  )
  if (!parsed) throw new Error('not an archive name')
  return parsed
}

function pruned(
  archives: Archive[],
  rules: Partial<RetentionRules>,
  more: { verified?: Archive[]; pinned?: Archive[]; blocked?: string; holds?: [Archive, string[]][] } = {},
) {
  const plan = planRetention({
    archives,
    rules: { ...none, ...rules },
    now,
    verified: new Set(more.verified?.map((proven) => proven.name)),
    pinned: new Set(more.pinned?.map(({ name }) => name)),
    blocked: more.blocked,
    holds: new Map(more.holds?.map(([of, components]) => [of.name, components])),
  })
  return namesToPrune(plan)
}

const nightly = (nights: number) => Array.from({ length: nights }, (_, days) => archive(days))
const names = (archives: Archive[]) => archives.map(({ name }) => name)

describe('the retention plan', () => {
  it('keeps what is younger than the limit and prunes the rest, oldest first', () => {
    const history = nightly(30)
    expect(pruned(history, { keepWithinDays: 21 })).toEqual(names(history.slice(22)).reverse())
  })

  it('keeps what is pinned, complete or degraded, beside what the rules keep', () => {
    const history = [...nightly(10), archive(20, 'degraded')]
    const rules = { keep: { daily: 2, weekly: 0, monthly: 0, yearly: 0 } }
    const pinned = [archive(1), archive(7), archive(20, 'degraded')]
    const gone = new Set(pruned(history, rules, { pinned }))
    expect(names(history.filter(({ name }) => !gone.has(name)))).toEqual(
      names([...[0, 1, 2, 3, 7].map((days) => archive(days)), archive(20, 'degraded')]),
    )
  })

  it('keeps the newest of each month beyond what is kept already, as Borg does', () => {
    const history = nightly(100)
    const gone = new Set(
      pruned(history, { keepWithinDays: 7, keep: { daily: 0, weekly: 0, monthly: 2, yearly: 0 } }),
    )
    const kept = history.slice(8).filter(({ name }) => !gone.has(name))
    expect(names(kept)).toEqual(['shop-2026-10-31_12-00-00', 'shop-2026-09-30_12-00-00'])
  })

  it('counts full backups and each part apart, so that many of one displace none of another', () => {
    const schema = [0, 1, 2].map((days) => archive(days, 'complete', 'schema'))
    const app = archive(40, 'complete', partOf({ type: 'schema', schemas: ['app'], excludeTables: [] }))
    const full = [archive(50), archive(51)]
    expect(pruned([...schema, app, ...full], {})).toEqual([
      full[1]?.name,
      ...names(schema.slice(1)).reverse(),
    ])
    // The negative control: as one kind, all but the newest would go.
    expect(
      pruned(
        [0, 1, 2, 40, 50, 51].map((days) => archive(days)),
        {},
      ),
    ).toHaveLength(5)
  })

  it('keeps the newest with a component that all newer ones lack, as where one alone is backed up on a new machine', () => {
    const history = nightly(40)
    const rules = { keepWithinDays: 7, minArchives: 3 }
    const since = (days: number, components: string[]) =>
      history.slice(0, days).map((one): [Archive, string[]] => [one, components])
    const gone = (holds: [Archive, string[]][]) => new Set(pruned(history, rules, { holds }))
    const kept = (holds: [Archive, string[]][]) => history.filter(({ name }) => !gone(holds).has(name))
    const whole: [Archive, string[]][] = since(40, ['database', 'storage'])
    expect(kept([...whole, ...since(20, ['storage'])])).toEqual([...history.slice(0, 8), history[20]])
    // Of an earlier version's archives it is not known: each may be whole.
    expect(kept(since(20, ['storage']))).toEqual(history.slice(0, 8))
    expect(kept([...since(20, ['storage']), ...whole.slice(30)])).toEqual([
      ...history.slice(0, 8),
      history[20],
    ])
    // Where newer ones have it, nothing more stays.
    expect(kept(whole)).toEqual(history.slice(0, 8))
  })

  it('keeps the minimum number of complete archives however old they are', () => {
    const history = [archive(400), archive(500), archive(600), archive(700)]
    expect(pruned(history, { keepWithinDays: 21, minArchives: 3 })).toEqual(names(history.slice(3)))
  })

  it('does not count degraded archives towards the minimum', () => {
    const history = [
      archive(400),
      archive(401, 'degraded'),
      archive(402, 'degraded'),
      archive(500),
      archive(600),
    ]
    expect(pruned(history, { minArchives: 2 })).toEqual(
      [history[4], history[2], history[1]].map((one) => one?.name),
    )
  })

  it('prunes a degraded archive when it is old, unless it is the newest of all', () => {
    const history = [archive(30, 'degraded'), archive(31), archive(32, 'degraded')]
    expect(pruned(history, { keepWithinDays: 21 })).toEqual([history[2]?.name])
  })

  it('never prunes the newest verified archive', () => {
    const history = [archive(1), archive(300), archive(301)]
    expect(pruned(history, { keepWithinDays: 21 }, { verified: history.slice(1) })).toEqual([
      history[2]?.name,
    ])
  })

  it('keeps a verified complete archive even when a degraded one was verified later', () => {
    const history = [archive(1), archive(300, 'degraded'), archive(301), archive(302)]
    expect(pruned(history, {}, { verified: history.slice(1) })).toEqual([history[3]?.name])
  })

  it('prunes nothing when it is blocked, and says why', () => {
    const history = nightly(30)
    const plan = planRetention({
      archives: history,
      rules: none,
      now,
      verified: new Set(),
      blocked: 'the last backup was degraded',
    })
    expect(namesToPrune(plan)).toEqual([])
    expect(renderPlan(plan, now)).toContain('Nothing is pruned: the last backup was degraded.')
  })

  it('keeps an archive from the future, which only a wrong clock can have made', () => {
    expect(pruned([archive(-30), archive(1)], { keepWithinDays: 2 })).toEqual([])
  })

  it('shows each archive with its reason', () => {
    const history = [archive(0), archive(40), archive(41)]
    const verified = new Set([archive(40).name])
    const plan = planRetention({ archives: history, rules: { ...none, keepWithinDays: 21 }, now, verified })
    expect(renderPlan(plan, now).split('\n')).toEqual([
      'keep   shop-2026-11-20_12-00-00         0.0 s  younger than 21 days',
      'keep   shop-2026-10-11_12-00-00      40 d 0 h  newest verified',
      'prune  shop-2026-10-10_12-00-00      41 d 0 h  no rule keeps it',
      '1 archive to prune, 2 to keep.',
      '',
    ])
  })
})

describe('archives of a time that is yet to come', () => {
  const future = archive(-1500)

  it('are kept, told, and take no other’s place', () => {
    const [newest, second, third] = nightly(3)
    if (!newest || !second || !third) throw new Error('there are three')
    expect(pruned([future, newest, second, third], {}, { verified: [future, second] })).toEqual([third.name])
    const plan = planRetention({ archives: [future, newest], rules: none, now, verified: new Set() })
    expect(renderPlan(plan, now)).toMatch(/^keep +shop-20\d\d-.* in the future +its time is yet to come/)
  })
})
