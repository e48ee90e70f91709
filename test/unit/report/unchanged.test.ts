import { describe, expect, it } from 'vitest'
import type { RunReport } from '../../../src/report/schema.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { isUnchanged } from '../../../src/report/unchanged.ts'
import { component, exampleReport, failedReport } from '../../helpers/reports.ts'

const good = exampleReport({ activity: 'aaaa' })
const statusAfter = (...reports: RunReport[]) =>
  reports.reduce((status, report) => applyRun(status, report), emptyStatus('shop'))
const both = ['database', 'storage'] as const

describe('a backup is skipped', () => {
  it('when the last one was good and nothing has happened since', () => {
    expect(isUnchanged({ activity: 'aaaa', wanted: both, status: statusAfter(good) })).toBe(true)
  })

  it('also when that one was skipped itself', () => {
    const skipped = exampleReport({ outcome: 'unchanged', components: [], archives: [], activity: 'aaaa' })
    expect(isUnchanged({ activity: 'aaaa', wanted: both, status: statusAfter(good, skipped) })).toBe(true)
  })
})

describe('a backup is made', () => {
  const partial = exampleReport({
    activity: 'aaaa',
    components: [component('database', {}), component('storage', {}, { status: 'carried' })],
  })
  it.each([
    ['the first time', statusAfter()],
    ['when something has happened', statusAfter(exampleReport({ activity: 'bbbb' }))],
    ['after a failed one', statusAfter(good, failedReport())],
    [
      'after a degraded one',
      statusAfter(good, exampleReport({ outcome: 'degraded', exitCode: 3, activity: 'aaaa' })),
    ],
    ['when the last one left a component out', statusAfter(partial)],
    ['when the last one kept no fingerprint', statusAfter(exampleReport())],
  ])('%s', (_case, status) => {
    expect(isUnchanged({ activity: 'aaaa', wanted: both, status })).toBe(false)
  })
})
