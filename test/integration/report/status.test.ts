import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyRun, emptyStatus } from '../../../src/report/status.ts'
import { runReport, runStatus } from '../../helpers/report-command.ts'
import { exampleReport, putStatus } from '../../helpers/reports.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-status-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function writeStatusOf(project: string, state: string, hoursAgo: number): Promise<void> {
  const finishedAt = new Date(Date.now() - hoursAgo * 3_600_000).toISOString()
  const changes = { project, startedAt: finishedAt, finishedAt }
  const backup = applyRun(emptyStatus(project), exampleReport(changes))
  await putStatus(state, applyRun(backup, exampleReport({ ...changes, kind: 'drill' })))
}

describe('report.ts status', () => {
  it('exits with 0 for a project whose backup and drill are recent', async () => {
    const state = join(directory, 'state/shop')
    await writeStatusOf('shop', state, 2)
    const result = await runStatus(state)
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(result.stdout).toMatch(/^shop: OK\n {2}Backup {4}success 2 h 0 min ago/)
  })

  it('exits with 1 for one whose backup is older than MAX_AGE_BACKUP', async () => {
    const state = join(directory, 'state/shop')
    await writeStatusOf('shop', state, 2)
    const result = await runStatus(state, {}, { MAX_AGE_BACKUP: '1h' })
    expect(result.code).toBe(1)
    expect(result.stdout).toContain(
      'PROBLEM   The last successful backup is 2 h 0 min old; the limit is 1 h 0 min.',
    )
  })

  it('exits with 1 for a project that has never run', async () => {
    const result = await runStatus(join(directory, 'state/shop'), { json: '' })
    expect(result.code).toBe(1)
    expect(JSON.parse(result.stdout)).toMatchObject({
      project: 'shop',
      healthy: false,
      runs: { backup: { lastRun: null } },
    })
  })

  it('tells when the timers start the next run', async () => {
    const programs = join(directory, 'bin')
    await mkdir(programs)
    // Knows the backup's timer in the system manager only.
    const systemctl =
      '#!/bin/sh\ncase "$*" in\n' +
      "'--system show --property=NextElapseUSecRealtime --value supabase-backup@shop.timer') echo 'Sat 2026-11-21 03:12:45 UTC' ;;\n" +
      "--user*) echo 'Failed to connect to bus' >&2; exit 1 ;;\n*) echo ;;\nesac\n"
    await writeFile(join(programs, 'systemctl'), systemctl)
    await chmod(join(programs, 'systemctl'), 0o755)
    const PATH = `${programs}:${process.env['PATH']}`
    const { runs } = JSON.parse(
      (await runStatus(join(directory, 'state/shop'), { json: '' }, { PATH })).stdout,
    )
    expect(runs).toMatchObject({ backup: { next: '2026-11-21T03:12:45Z' }, drill: { next: null } })
  })

  it('shows every configured project with --all, also one whose configuration is broken', async () => {
    const configuration = join(directory, 'supabase-backup')
    await mkdir(configuration)
    const env = (name: string, text: string) =>
      writeFile(join(configuration, `${name}.env`), text, { mode: 0o600 })
    await env('shop', 'SUPABASE_PROJECT_REF=abcdefghijklmnopqrst\n')
    await env('blog', 'SUPABASE_PROJECT_REF=bbcdefghijklmnopqrst\n')
    await env('broken', 'SUPABASE_PROJECT_REFF=abcdefghijklmnopqrst\n')
    const environment = { XDG_CONFIG_HOME: directory, XDG_STATE_HOME: join(directory, 'state') }
    await writeStatusOf('shop', join(directory, 'state/supabase-backup/shop'), 1)
    await writeStatusOf('blog', join(directory, 'state/supabase-backup/blog'), 1)
    const result = await runReport('status', { all: '', json: '' }, environment)
    expect(result.code).toBe(1)
    expect(JSON.parse(result.stdout)).toMatchObject([
      { project: 'blog', healthy: true },
      {
        project: 'broken',
        healthy: false,
        problems: [{ kind: 'configuration', message: expect.stringContaining('SUPABASE_PROJECT_REFF') }],
      },
      { project: 'shop', healthy: true },
    ])
  })
})
