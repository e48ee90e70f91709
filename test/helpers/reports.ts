import type { ComponentResult } from '../../src/common/findings.ts'
import type { RunReport } from '../../src/report/schema.ts'
import type { Status } from '../../src/report/status.ts'
import { updateStatus } from '../../src/report/store.ts'

/** Makes this the status in a state directory. */
export async function putStatus(stateDirectory: string, status: Status): Promise<void> {
  const { project } = status
  await updateStatus({ stateDirectory, project, environment: process.env }, () => status)
}

/** A report of a backup that went well; tests change what they are about. */
export function exampleReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    schema: 1,
    tool: { name: 'supabase-backup', version: '1.2.3' },
    runId: '0d5c0f5e-3a51-4b8e-9e36-1f0f8a3d2a11',
    project: 'shop',
    kind: 'backup',
    outcome: 'success',
    exitCode: 0,
    startedAt: '2026-11-20T03:00:00.000Z',
    finishedAt: '2026-11-20T03:04:28.000Z',
    seconds: 268,
    archive: 'shop-2026-11-20_03-00-00',
    partial: null,
    narrowed: false,
    target: null,
    archives: [
      {
        name: 'shop-2026-11-20_03-00-00',
        repository: '/backup/shop.borg',
        files: 1042,
        originalBytes: 1_288_490_189,
        compressedBytes: 700_000_000,
        newBytes: 35_651_584,
        repositoryBytes: 3_650_722_202,
        seconds: 31.5,
      },
    ],
    pruned: [],
    bytesFetched: 2_097_152,
    steps: [
      { name: 'worker', seconds: 230 },
      { name: 'archive', seconds: 32 },
    ],
    components: [
      component('database', { tables: 20, rows: 50_000, bytes: 300_000_000 }),
      component('storage', { objects: 1000, bytes: 900_000_000, bytesFetched: 2_097_152 }),
    ],
    findings: [],
    versions: { server: '15.20' },
    activity: null,
    verification: null,
    error: null,
    ...changes,
  }
}

export function component(
  name: ComponentResult['component'],
  counts: Record<string, number>,
  changes: Partial<ComponentResult> = {},
): ComponentResult {
  return { component: name, status: 'complete', seconds: 12.3, counts, findings: [], ...changes }
}

/** A report of a backup that failed. */
export function failedReport(changes: Partial<RunReport> = {}): RunReport {
  return exampleReport({
    outcome: 'failed',
    exitCode: 1,
    archive: null,
    archives: [],
    bytesFetched: 0,
    components: [],
    error: {
      code: 'DB_PASSWORD_WRONG',
      message: 'The database refused the password of user postgres.',
      detail: 'SQLSTATE 28P01',
      suggestion: 'Copy the password from the project settings into SUPABASE_DB_PASSWORD.',
      phase: 'database/connect',
    },
    ...changes,
  })
}
