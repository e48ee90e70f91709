import { type ComponentResult, type Finding, finding, statusOf } from '../../common/findings.ts'
import { plural } from '../../common/units.ts'
import { totalOf } from './outcomes.ts'
import type { MirrorRun } from './run.ts'

/** What a mirror came to, in counts and findings. */
export function mirrorResult(run: MirrorRun, seconds: number): ComponentResult {
  const { outcomes, counts, archive, catalogue, egress } = run
  const { client } = archive.downloads
  const findings = [
    ...catalogue.findings,
    ...outcomes.findings(),
    ...run.moved.findings(),
    ...run.mismatches.findings(),
    ...archive.stalls.findings(),
    ...remarks(run),
  ]
  return {
    component: 'storage',
    status: statusOf(findings),
    seconds,
    counts: {
      buckets: catalogue.buckets.filter(({ row }) => run.selection.bucket(row.id)).length,
      objects: totalOf(outcomes),
      bytes: Object.values(run.totals).reduce((sum, total) => sum + total.bytes, 0),
      ...counts,
      ...archive.counts,
      objectsChanged: outcomes.count('changed-since-snapshot'),
      objectsDeleted: outcomes.count('deleted-since-snapshot'),
      objectsUnreadable: outcomes.count('unreadable'),
      objectsPostponed: outcomes.count('postponed'),
      objectsStale: outcomes.count('stale'),
      bytesReceived: egress.total,
      requests: client.counts.requests,
      retries: client.counts.retries,
    },
    findings,
  }
}

/** What a mirror that failed had come to: nothing of it is used, but what came over the network was received. */
export function failedMirror(run: MirrorRun, seconds: number): ComponentResult {
  const { archive, egress } = run
  const { requests, retries } = archive.downloads.client.counts
  const counts = { ...archive.counts, bytesReceived: egress.total, requests, retries }
  return { component: 'storage', status: 'failed', seconds, counts, findings: [] }
}

function remarks(run: MirrorRun): Finding[] {
  const found: Finding[] = []
  const note = (kind: string, message: string, fields: { names?: string[]; count?: number }) =>
    found.push(finding({ component: 'storage', severity: 'note', kind, message, ...fields }))
  if (run.catalogue.source === 'api')
    note(
      'storage-catalogue-weak',
      'Without a database connection the objects were listed through the API: not in one moment with the database, and without their owners.',
      { count: 1 },
    )
  if (run.gone.length > 0)
    note(
      'buckets-deleted-since-snapshot',
      `${plural(run.gone.length, 'bucket')} vanished after the database's snapshot.`,
      {
        names: run.gone,
      },
    )
  if (run.counts.objectsExcluded > 0)
    note(
      'objects-excluded',
      `${plural(run.counts.objectsExcluded, 'object')} left out by STORAGE_INCLUDE, STORAGE_EXCLUDE or the command's own selection.`,
      { count: run.counts.objectsExcluded },
    )
  const { unproven } = run.archive.downloads.etags
  if (unproven > 0)
    note(
      'etags-not-md5',
      `The ETags of this service are not MD5s; ${plural(unproven, 'object')} were fetched twice and compared instead.`,
      { count: unproven },
    )
  return found
}
