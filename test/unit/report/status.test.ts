import { describe, expect, it } from 'vitest'
import { partialSchema } from '../../../src/common/partial.ts'
import type { RunReport } from '../../../src/report/schema.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { component, exampleReport, failedReport } from '../../helpers/reports.ts'

const afterSuccess = applyRun(emptyStatus('shop'), exampleReport())

describe('the status of a project', () => {
  it('remembers the newest run and the newest success of each kind', () => {
    const drill = exampleReport({ kind: 'drill', runId: 'drill-1' })
    const status = applyRun(applyRun(afterSuccess, drill), failedReport({ runId: 'failed-1' }))
    expect(status.lastRun.backup).toMatchObject({
      runId: 'failed-1',
      outcome: 'failed',
      error: 'The database refused the password of user postgres.',
    })
    expect(status.lastSuccess.backup?.runId).toBe(exampleReport().runId)
    expect(status.lastRun.drill?.runId).toBe('drill-1')
  })

  it('is that of the full backups: a partial one, or a drill of it, is no last good one, failed one or measure', () => {
    const partial = partialSchema.parse({ type: 'schema', schemas: [], excludeTables: [] })
    const failed = failedReport({ kind: 'partial', runId: 'partial-1', partial })
    const drill = exampleReport({ kind: 'drill', runId: 'drill-1', partial })
    const { egress, lastPartial, lastPartialDrill, partialSizes, updatedAt, verified, ...status } = applyRun(
      applyRun(afterSuccess, failed),
      drill,
    )
    expect(afterSuccess).toMatchObject(status)
    expect(lastPartial).toMatchObject({ runId: 'partial-1', outcome: 'failed' })
    expect(lastPartialDrill).toMatchObject({ runId: 'drill-1' })
    const control = applyRun(afterSuccess, failedReport({ runId: 'backup-2' }))
    expect(control.inTrouble).toEqual(['backup'])
  })

  it('takes what was narrowed to a part for no drill of the project, and no proof of its archive', () => {
    const verification = { ok: true, counts: {}, differences: [] }
    const drill = { kind: 'drill', runId: 'drill-1', verification } as const
    const whole = applyRun(afterSuccess, exampleReport(drill))
    expect([whole.lastRun.drill?.runId, Object.keys(whole.verified)]).toEqual([
      'drill-1',
      [exampleReport().archive],
    ])
    const part = applyRun(afterSuccess, exampleReport({ ...drill, narrowed: true }))
    expect([part.lastRun.drill, part.verified]).toEqual([undefined, {}])
    expect(part.lastPartialDrill).toMatchObject({ runId: 'drill-1', components: ['database', 'storage'] })
    const restore = applyRun(afterSuccess, exampleReport({ ...drill, kind: 'restore', narrowed: true }))
    expect([restore.lastRun.restore?.runId, restore.verified]).toEqual(['drill-1', {}])
  })

  it('does not call a degraded run a success', () => {
    const status = applyRun(emptyStatus('shop'), exampleReport({ outcome: 'degraded', exitCode: 3 }))
    expect(status.lastRun.backup?.outcome).toBe('degraded')
    expect(status.lastSuccess.backup).toBeUndefined()
    expect(status.baseline).toEqual({})
  })

  it('keeps the counts of the last good backup, also of components that a later one left out', () => {
    const onlyDatabase = exampleReport({ components: [component('database', { tables: 21, rows: 60_000 })] })
    const status = applyRun(afterSuccess, onlyDatabase)
    expect(status.baseline['database']).toEqual({ tables: 21, rows: 60_000 })
    expect(status.baseline['storage']).toMatchObject({ objects: 1000 })
  })

  it('adds up the egress of a month, of failed runs too, and starts anew in the next', () => {
    const failed = failedReport({ bytesFetched: 1000 })
    const december = exampleReport({ startedAt: '2026-12-01T03:00:00.000Z', bytesFetched: 5 })
    const status = applyRun(applyRun(afterSuccess, failed), december)
    expect(status.egress).toEqual({ '2026-11': 2_098_152, '2026-12': 5 })
  })

  it('remembers which archives a drill has proven, until they are pruned', () => {
    const verification = { ok: true, counts: {}, differences: [] }
    const drill = exampleReport({
      kind: 'drill',
      archives: [],
      archive: 'shop-2026-11-19_03-00-00',
      verification,
    })
    const proven = applyRun(afterSuccess, drill)
    expect(Object.keys(proven.verified)).toEqual(['shop-2026-11-19_03-00-00'])
    const pruned = applyRun(proven, exampleReport({ pruned: ['shop-2026-11-19_03-00-00'] }))
    expect(pruned.verified).toEqual({})
  })

  it('does not take a drill for proof that failed, found differences, verified nothing, or was of no archive', () => {
    const drill: Partial<RunReport> = { kind: 'drill', archives: [], archive: 'shop-2026-11-19_03-00-00' }
    const differences = { ok: false, counts: {}, differences: [] }
    const equal = { ok: true, counts: {}, differences: [] }
    for (const report of [
      exampleReport({ ...drill, verification: differences }),
      exampleReport({ ...drill, verification: null }),
      failedReport({ ...drill, verification: equal }),
      exampleReport({ ...drill, archive: 'Local', verification: equal }),
    ])
      expect(applyRun(afterSuccess, report).verified).toEqual({})
  })

  it('keeps the sizes of the archives of a year, newest first', () => {
    let status = emptyStatus('shop')
    for (let day = 1; day <= 410; day += 1)
      status = applyRun(status, exampleReport({ finishedAt: new Date(Date.UTC(2026, 0, day)).toISOString() }))
    expect(status.sizes).toHaveLength(400)
    expect(status.sizes[0]?.at).toBe('2027-02-14T00:00:00.000Z')
  })
})
