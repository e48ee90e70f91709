import { join } from 'node:path'
import { writeFileAtomic } from '../common/files.ts'
import { components } from '../components/list.ts'
import type { Status } from '../report/status.ts'

interface Metric {
  name: string
  help: string
  /** Undefined leaves the metric out: there is nothing to say yet. */
  value(status: Status): number | undefined
}

const seconds = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time) / 1000)

/** Every metric, in the order of docs/reference/metrics.md. All are gauges with the label `project`. */
export const metrics: readonly Metric[] = [
  {
    name: 'supabase_backup_last_success_timestamp_seconds',
    help: 'When the last successful backup ended, Unix time.',
    value: ({ lastSuccess }) => seconds(lastSuccess.backup?.finishedAt),
  },
  {
    name: 'supabase_backup_last_run_timestamp_seconds',
    help: 'When the last backup ended, however it ended, Unix time.',
    value: ({ lastRun }) => seconds(lastRun.backup?.finishedAt),
  },
  {
    name: 'supabase_backup_last_exit_code',
    help: 'Exit code of the last backup: 0 success, 3 degraded, others failed.',
    value: ({ lastRun }) => lastRun.backup?.exitCode,
  },
  {
    name: 'supabase_backup_duration_seconds',
    help: 'Wall time of the last backup.',
    value: ({ lastRun }) => lastRun.backup?.seconds,
  },
  {
    name: 'supabase_backup_bytes_fetched',
    help: 'Bytes that the last backup read from the project over the network.',
    value: ({ lastRun }) => lastRun.backup?.bytesFetched,
  },
  ...components.flatMap(({ name: component, gauges = [] }) =>
    gauges.map(({ count, ...metric }) => ({
      ...metric,
      value: ({ baseline }: Status) => baseline[component]?.[count],
    })),
  ),
  {
    name: 'supabase_backup_archive_bytes',
    help: 'Size of the newest archive before compression and deduplication.',
    value: ({ sizes }) => sizes[0]?.originalBytes,
  },
  {
    name: 'supabase_backup_repository_bytes',
    help: 'Size of the repository after the newest archive.',
    value: ({ sizes }) => sizes[0]?.repositoryBytes ?? undefined,
  },
  {
    name: 'supabase_backup_drill_last_success_timestamp_seconds',
    help: 'When the last successful drill ended, Unix time.',
    value: ({ lastSuccess }) => seconds(lastSuccess.drill?.finishedAt),
  },
  {
    name: 'supabase_backup_drill_last_exit_code',
    help: 'Exit code of the last drill: 0 when the restored copy equalled the backup.',
    value: ({ lastRun }) => lastRun.drill?.exitCode,
  },
]

/** A project's metrics in the Prometheus text format. The old success time stays after a failure. */
export function renderMetrics(status: Status): string {
  const label = status.project.replaceAll(/["\\\n]/g, '_')
  return metrics
    .flatMap(({ name, help, value }) => {
      const number = value(status)
      if (number === undefined) return []
      return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name}{project="${label}"} ${number}`]
    })
    .map((line) => `${line}\n`)
    .join('')
}

/** Writes `supabase_backup_<project>.prom` for node_exporter, which runs as another user and reads no half file. */
export async function writeMetrics(directory: string, status: Status): Promise<void> {
  await writeFileAtomic(
    join(directory, `supabase_backup_${status.project}.prom`),
    renderMetrics(status),
    0o644,
  )
}
