import { describe, expect, it } from 'vitest'
import { eventOf } from '../../../src/notify/notify.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { exampleReport, failedReport } from '../../helpers/reports.ts'

const nothing = emptyStatus('shop')
const interrupted = failedReport({ outcome: 'interrupted', exitCode: 130 })
const afterFailure = applyRun(nothing, failedReport())

describe('what a finished run is news of', () => {
  it.each([
    ['a first success', nothing, exampleReport(), 'succeeded'],
    ['a success after a success', applyRun(nothing, exampleReport()), exampleReport(), 'succeeded'],
    ['a success after a failure', afterFailure, exampleReport(), 'recovered'],
    ['nothing changed after a failure', afterFailure, exampleReport({ outcome: 'unchanged' }), 'recovered'],
    [
      'a success after a failed drill',
      applyRun(nothing, failedReport({ kind: 'drill' })),
      exampleReport(),
      'succeeded',
    ],
    ['a failure after a failure', afterFailure, failedReport(), 'failed'],
    ['an interruption', nothing, interrupted, 'interrupted'],
    ['a success after an interruption', applyRun(nothing, interrupted), exampleReport(), 'succeeded'],
    [
      'a success after a failure and an interruption',
      applyRun(afterFailure, interrupted),
      exampleReport(),
      'recovered',
    ],
    [
      'a second success after a failure',
      applyRun(afterFailure, exampleReport()),
      exampleReport(),
      'succeeded',
    ],
    ['a degraded run after a failure', afterFailure, exampleReport({ outcome: 'degraded' }), 'degraded'],
  ])('%s', (_case, before, report, event) => {
    expect(eventOf(before, report)).toBe(event)
  })
})
