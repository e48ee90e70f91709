import { describe, expect, it } from 'vitest'
import { findComponent } from '../../../src/components/list.ts'
import { sizeRegressions } from '../../../src/report/size-regression.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { component, exampleReport } from '../../helpers/reports.ts'

const baseline = {
  database: { tables: 20, rows: 1000 },
  storage: { objects: 100, bytes: 5000, bytesFetched: 5000 },
}

function shrunk(
  counts: { database?: Record<string, number>; storage?: Record<string, number> },
  accepted = false,
) {
  const components = [
    component('database', counts.database ?? {}),
    component('storage', counts.storage ?? {}),
  ]
  return sizeRegressions({ components, baseline, guarded, limitPercent: 30, accepted })
}

const guarded = (name: string) => findComponent(name)?.guarded ?? []

describe('the shrink guard', () => {
  it('lets through what grew, stayed, or lost just as much as the limit allows', () => {
    expect(shrunk({ database: { tables: 25, rows: 700 }, storage: { objects: 70, bytes: 3500 } })).toEqual([])
  })

  it('catches one row more, and says how much is gone', () => {
    expect(shrunk({ database: { tables: 20, rows: 699 } })).toEqual([
      {
        component: 'database',
        severity: 'degraded',
        kind: 'shrunk',
        count: 1,
        message:
          'Much less than in the last good run: rows 1,000 → 699 (30 % fewer). Nothing is pruned until a run with --accept-shrink.',
        names: ['rows 1,000 → 699 (30 % fewer)'],
      },
    ])
  })

  it.each([
    ['tables', { database: { tables: 3 } }],
    ['objects', { storage: { objects: 0 } }],
    ['bytes', { storage: { objects: 100, bytes: 10 } }],
  ])('watches %s', (_quantity, counts) => {
    expect(shrunk(counts)).toMatchObject([{ severity: 'degraded', count: 1 }])
  })

  it('does not watch how much had to be fetched', () => {
    expect(shrunk({ storage: { objects: 100, bytes: 5000, bytesFetched: 0 } })).toEqual([])
  })

  it('does not take a component that was left out for one that is empty', () => {
    const components = [component('database', { tables: 20, rows: 1000 })]
    expect(sizeRegressions({ components, baseline, guarded, limitPercent: 30, accepted: false })).toEqual([])
  })

  it('has nothing to compare a first run with', () => {
    const components = [component('database', { tables: 1 })]
    expect(sizeRegressions({ components, baseline: {}, guarded, limitPercent: 30, accepted: false })).toEqual(
      [],
    )
  })

  it('only notes a loss that the operator accepts, which then is the new measure', () => {
    const smaller = component('database', { tables: 20, rows: 100 })
    const findings = shrunk({ database: smaller.counts }, true)
    expect(findings).toMatchObject([{ severity: 'note', kind: 'shrunk' }])
    const status = applyRun(emptyStatus('shop'), exampleReport({ components: [{ ...smaller, findings }] }))
    expect(
      sizeRegressions({
        components: [smaller],
        baseline: status.baseline,
        guarded,
        limitPercent: 30,
        accepted: false,
      }),
    ).toEqual([])
  })

  it('keeps comparing with the last good run, not with the degraded one in between', () => {
    const good = applyRun(
      emptyStatus('shop'),
      exampleReport({ components: [component('database', { rows: 1000 })] }),
    )
    const bad = exampleReport({
      outcome: 'degraded',
      exitCode: 3,
      components: [component('database', { rows: 10 })],
    })
    expect(applyRun(good, bad).baseline['database']).toEqual({ rows: 1000 })
  })
})
