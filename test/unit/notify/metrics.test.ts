import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { metrics, renderMetrics, writeMetrics } from '../../../src/notify/metrics.ts'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { exampleReport, failedReport } from '../../helpers/reports.ts'

const good = applyRun(emptyStatus('shop'), exampleReport())
const samples = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('the metrics of a project', () => {
  it('are in the Prometheus text format, each with its help and type', () => {
    expect(renderMetrics(good).split('\n').slice(0, 3)).toEqual([
      '# HELP supabase_backup_last_success_timestamp_seconds When the last successful backup ended, Unix time.',
      '# TYPE supabase_backup_last_success_timestamp_seconds gauge',
      'supabase_backup_last_success_timestamp_seconds{project="shop"} 1795143868',
    ])
  })

  it('tell of the last backup', () => {
    expect(samples(renderMetrics(good))).toEqual([
      'supabase_backup_last_success_timestamp_seconds{project="shop"} 1795143868',
      'supabase_backup_last_run_timestamp_seconds{project="shop"} 1795143868',
      'supabase_backup_last_exit_code{project="shop"} 0',
      'supabase_backup_duration_seconds{project="shop"} 268',
      'supabase_backup_bytes_fetched{project="shop"} 2097152',
      'supabase_backup_objects{project="shop"} 1000',
      'supabase_backup_archive_bytes{project="shop"} 1288490189',
      'supabase_backup_repository_bytes{project="shop"} 3650722202',
    ])
  })

  it('keep the old success time after a failure', () => {
    const failed = failedReport({ finishedAt: '2026-11-21T03:00:10.000Z' })
    const lines = samples(renderMetrics(applyRun(good, failed)))
    expect(lines).toContain('supabase_backup_last_success_timestamp_seconds{project="shop"} 1795143868')
    expect(lines).toContain('supabase_backup_last_run_timestamp_seconds{project="shop"} 1795230010')
    expect(lines).toContain('supabase_backup_last_exit_code{project="shop"} 1')
  })

  it('tell of drills once there was one', () => {
    const drilled = applyRun(good, exampleReport({ kind: 'drill', archives: [] }))
    expect(samples(renderMetrics(drilled))).toContain(
      'supabase_backup_drill_last_success_timestamp_seconds{project="shop"} 1795143868',
    )
  })

  it('lie in one file a project that other users can read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'metrics-'))
    const before = process.umask(0o077)
    await writeMetrics(directory, good)
    await writeMetrics(directory, good)
    process.umask(before)
    expect(await readdir(directory)).toEqual(['supabase_backup_shop.prom'])
    const path = join(directory, 'supabase_backup_shop.prom')
    expect(await readFile(path, 'utf8')).toBe(renderMetrics(good))
    expect((await stat(path)).mode & 0o777).toBe(0o644)
    await rm(directory, { recursive: true })
  })

  it('are all documented', async () => {
    const page = await readFile('docs/reference/metrics.md', 'utf8')
    for (const { name } of metrics) expect(page).toContain(`\`${name}\``)
  })
})
