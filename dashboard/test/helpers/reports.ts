import { randomUUID } from 'node:crypto'
import type { RunReport } from '../../../src/report/schema.ts'
import { applyRun } from '../../../src/report/status.ts'
import { updateStatus, writeReport } from '../../../src/report/store.ts'

const gib = 2 ** 30

/** A report as the toolkit writes it, of a night that went well unless it is said otherwise. */
export function reportOf(project: string, startedAt: Date, changes: Partial<RunReport> = {}): RunReport {
  const seconds = changes.seconds ?? 184.2
  const stamp = startedAt.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-')
  const kind = changes.kind ?? 'backup'
  const archive = `${project}-${stamp}`
  return {
    schema: 1,
    tool: { name: 'supabase-backup', version: '0.1.0' },
    runId: randomUUID(),
    project,
    kind,
    partial: null,
    narrowed: false,
    outcome: 'success',
    exitCode: 0,
    startedAt: startedAt.toISOString(),
    finishedAt: new Date(startedAt.getTime() + seconds * 1000).toISOString(),
    seconds,
    archive,
    target: kind === 'drill' ? 'sandbox' : null,
    archives: kind === 'backup' ? [archiveOf(archive)] : [],
    pruned: [],
    bytesFetched: 83_000_000,
    steps: [
      { name: 'preflight', seconds: 2.1 },
      { name: 'components', seconds: 121.4 },
      { name: 'archive', seconds: 52.8 },
      { name: 'prune', seconds: 4.9 },
    ],
    components: [
      {
        component: 'database',
        status: 'complete',
        seconds: 64.1,
        counts: { tables: 48, rows: 1_284_220, sequences: 31, dumpBytes: 412_000_000 },
        findings: [],
      },
      {
        component: 'storage',
        status: 'complete',
        seconds: 121.2,
        counts: {
          buckets: 3,
          objects: 18_204,
          bytes: 2.4 * gib,
          objectsFetched: 112,
          bytesFetched: 83_000_000,
        },
        findings: [],
      },
    ],
    findings: [],
    versions: { server: '15.8', pg_dump: '15.10' },
    activity: null,
    verification:
      kind === 'drill'
        ? {
            ok: true,
            counts: { tables: 48, rows: 1_284_220, objects: 18_204, definitions: 611 },
            differences: [],
          }
        : null,
    error: null,
    ...changes,
  }
}

function archiveOf(name: string): RunReport['archives'][number] {
  return {
    name,
    repository: 'ssh://borg@backup.example.com/./shop.borg',
    files: 18_260,
    originalBytes: Math.round(2.8 * gib),
    compressedBytes: Math.round(1.1 * gib),
    newBytes: 61_000_000,
    repositoryBytes: Math.round(3.9 * gib),
    seconds: 52.1,
  }
}

export const degraded = {
  outcome: 'degraded',
  exitCode: 3,
  findings: [
    {
      component: null,
      severity: 'manual',
      kind: 'cron-jobs',
      count: 2,
      message: 'Two cron jobs are restored switched off; --arm wakes them.',
      names: ['nightly-invoices', 'purge-carts'],
    },
    {
      component: 'storage',
      severity: 'degraded',
      kind: 'objects-unreadable',
      count: 3,
      message:
        'Three objects could not be read: their rows are there and their bytes are not. Upload them again, or delete the rows.',
      names: [
        'invoices/2026/11/0041.pdf',
        'invoices/2026/11/0042.pdf',
        'avatars/9f/long-name-of-an-object-that-does-not-fit.png',
      ],
    },
    {
      component: null,
      severity: 'note',
      kind: 'drill-possible',
      count: 1,
      message: 'A drill could run on this machine.',
      names: [],
    },
  ],
} satisfies Partial<RunReport>

export const failed = {
  outcome: 'failed',
  exitCode: 78,
  archive: null,
  archives: [],
  components: [],
  seconds: 3.4,
  error: {
    code: 'DB_PASSWORD_WRONG',
    message: 'The database refused the password.',
    detail: 'FATAL:  password authentication failed for user "postgres"',
    suggestion: 'Copy the connection string again: dashboard, Connect; percent-encode the password.',
    phase: 'database/connect',
  },
} satisfies Partial<RunReport>

/** Writes reports and the status that the toolkit would have made of them. */
export async function leaveReports(stateDirectory: string, reports: readonly RunReport[]): Promise<void> {
  const environment = { PATH: process.env['PATH'] }
  for (const report of reports) await writeReport(stateDirectory, report)
  const [first] = reports
  if (first === undefined) return
  await updateStatus({ stateDirectory, project: first.project, environment }, (status) =>
    reports.reduce(
      (before, report) =>
        applyRun(before, report, { complete: 21, degraded: 1, newest: first.archive, oldest: null }),
      status,
    ),
  )
}
