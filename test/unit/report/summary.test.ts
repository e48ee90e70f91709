import { describe, expect, it } from 'vitest'
import { finding } from '../../../src/common/findings.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { renderSummary } from '../../../src/report/summary.ts'
import { component, exampleReport, failedReport } from '../../helpers/reports.ts'

describe('the summary of a run', () => {
  it('says what came out and what was made', () => {
    expect(renderSummary(exampleReport(), '/state/runs/x.json').split('\n')).toEqual([
      'supabase-backup 1.2.3: backup of shop, run 0d5c0f5e-3a51-4b8e-9e36-1f0f8a3d2a11',
      '  Result     SUCCESS',
      '  Time       2026-11-20 03:00:00 UTC, 4 min 28 s (worker 3 min 50 s, archive 32 s)',
      '  Archive    shop-2026-11-20_03-00-00: 1.2 GiB, 34 MiB new, repository 3.4 GiB',
      '  database   complete, 12 s, tables 20, rows 50,000, bytes 286 MiB',
      '  storage    complete, 12 s, objects 1,000, bytes 858 MiB, bytes fetched 2.0 MiB',
      '  Fetched    2.0 MiB',
      '  Report     /state/runs/x.json',
      '',
    ])
  })

  it('says where the things of a count are listed by name', () => {
    const database = component('database', { leftOut: 415, tables: 20 })
    const components = [{ ...database, lists: { leftOut: 'database/left-out.jsonl' } }]
    expect(renderSummary(exampleReport({ components }), null)).toContain(
      'database   complete, 12 s, tables 20, left out 415 (database/left-out.jsonl)',
    )
  })

  it('says why a run failed and what to do', () => {
    const text = renderSummary(failedReport(), null)
    expect(text).toContain('Result     FAILED (exit code 1)')
    expect(text).toContain(
      'Error      The database refused the password of user postgres. [DB_PASSWORD_WRONG in database/connect]',
    )
    expect(text).toContain('Detail     SQLSTATE 28P01')
    expect(text).toContain('Remedy     Copy the password')
    expect(text).toContain('Last good  there has been no good backup yet')
  })

  it('shows of what was observed as many of the last lines as there is room for', () => {
    const shown = (detail: string) => {
      const { error } = failedReport()
      const report = failedReport({ error: error && { ...error, detail } })
      return /Detail +(.*)/.exec(renderSummary(report, null))?.[1]
    }
    expect(shown('Connection refused\r\nConnection closed by remote host.\n')).toBe(
      'Connection refused; Connection closed by remote host.',
    )
    expect(shown(`${'a'.repeat(290)}\nThe cause is this.\nThe end.`)).toBe('The cause is this.; The end.')
    expect(shown('a'.repeat(1000))).toBe('a'.repeat(300))
  })

  it('says how old the last good run is when this one was none', () => {
    const finishedAt = '2026-11-20T03:00:10.000Z'
    const { lastSuccess } = applyRun(
      emptyStatus('shop'),
      exampleReport({ finishedAt: '2026-11-19T03:00:10.000Z' }),
    )
    const text = renderSummary(failedReport({ finishedAt }), null, lastSuccess.backup)
    expect(text).toContain('Last good  2026-11-19 03:00:10 UTC, 1 d 0 h before, shop-2026-11-20_03-00-00')
    expect(renderSummary(exampleReport(), null, lastSuccess.backup)).not.toContain('Last good')
  })

  it('shows the worst findings first and counts those it leaves out', () => {
    const notes = Array.from({ length: 12 }, (_, index) =>
      finding({ component: 'database', severity: 'note', kind: 'n', message: `Note ${index}.`, count: 1 }),
    )
    const lost = finding({
      component: 'storage',
      severity: 'degraded',
      kind: 'd',
      message: 'Objects are gone.',
      names: ['a', 'b', 'c', 'd', 'e'],
    })
    const report = exampleReport({
      outcome: 'degraded',
      exitCode: 3,
      components: [
        component('database', {}, { findings: notes }),
        component('storage', {}, { findings: [lost] }),
      ],
    })
    const lines = renderSummary(report, null).split('\n')
    const first = lines.findIndex((line) => line.includes('Note 0.'))
    expect(lines[first - 1]).toBe('  Degraded   storage: Objects are gone. (a, b, c and 2 more)')
    expect(lines.at(-2)).toBe('             and 5 more findings in the report')
  })

  it('counts objects without bytes as objects', () => {
    const report = exampleReport({
      components: [component('storage', { objectsWithoutBytes: 4, bytesSent: 5 })],
    })
    expect(renderSummary(report, null)).toContain('objects without bytes 4, bytes sent 5 B')
  })

  it('shows a name of two thousand characters by its ends, and a line break in one as its escape', () => {
    const lost = finding({
      component: 'storage',
      severity: 'degraded',
      kind: 'd',
      message: 'Objects are gone.',
      names: [`docs${'/p'.repeat(1200)}/last.txt`, 'two\nlines'],
    })
    const report = exampleReport({ components: [component('storage', {}, { findings: [lost] })] })
    const line = renderSummary(report, null)
      .split('\n')
      .find((text) => text.includes('Objects are gone.'))
    expect(line).toContain('(docs/p/p/p')
    expect(line).toContain('/p/p/last.txt, two\\nlines)')
    expect(line?.length).toBeLessThan(200)
  })

  it('shows the verdict of a drill and the first differences', () => {
    const differences = Array.from({ length: 7 }, (_, index) => ({
      component: 'database' as const,
      kind: 'row-count',
      name: `public.t${index}`,
      expected: '10',
      actual: index === 0 ? null : '9',
    }))
    const verification = { ok: false, counts: { tables: 20 }, differences }
    const text = renderSummary(exampleReport({ kind: 'drill', target: 'sandbox', verification }), null)
    expect(text).toContain('Verified   DIFFERENT from the backup, tables 20')
    expect(text).toContain('database: row-count public.t0: expected 10, found nothing')
    expect(text).toContain('and 2 more differences in the report')
  })

  it('names every kind of thing that was compared, those of the last component too', () => {
    const kinds = ['tables', 'rows', 'tablesNotCompared', 'rowsNotCompared', 'sequences', 'largeObjects']
    const more = ['definitions', 'buckets', 'objects', 'functions', 'functionFiles', 'settingsCompared']
    const counts = Object.fromEntries([...kinds, ...more].map((kind, index) => [kind, index + 1]))
    const verification = { ok: true, counts, differences: [] }
    const text = renderSummary(exampleReport({ kind: 'drill', target: 'sandbox', verification }), null)
    expect(text).toMatch(
      /Verified.* buckets 8, objects 9, functions 10, function files 11, settings compared 12$/m,
    )
  })
})
