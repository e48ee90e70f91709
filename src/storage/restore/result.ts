import { type ComponentResult, type Finding, finding, statusOf } from '../../common/findings.ts'
import { plural } from '../../common/units.ts'
import type { RestoreRun } from './run.ts'

/** What a restore came to, in counts and findings. */
export function restoreResult(run: RestoreRun, seconds: number): ComponentResult {
  const { outcomes, target, counts, fixups } = run
  const findings = [...outcomes.findings(), ...remarks(run)]
  return {
    component: 'storage',
    status: statusOf(findings),
    seconds,
    counts: {
      ...counts,
      objectsSame: outcomes.count('same'),
      objectsSent: outcomes.count('sent'),
      objectsRewritten: outcomes.count('rewritten'),
      objectsRemoved: outcomes.count('removed'),
      objectsFailed: outcomes.count('failed') + outcomes.count('refused') + outcomes.count('unsafe'),
      objectsWithoutBytes: outcomes.count('without-bytes'),
      bucketsRemoved: outcomes.count('bucket-removed'),
      rowsFixed: fixups?.fixed ?? 0,
      requests: target.client.counts.requests,
      retries: target.client.counts.retries,
    },
    findings,
  }
}

function remarks({ fixups, outcomes }: RestoreRun): Finding[] {
  const sent = outcomes.count('sent') + outcomes.count('rewritten')
  if (sent === 0 || fixups?.keepsUpdatedAt) return []
  const message = fixups
    ? `updated_at of ${plural(sent, 'object')} is the time of the restore: the role may not switch off the trigger that sets it.`
    : `Ids, owners and times of ${plural(sent, 'object')} are the target's own: only a database connection can set them.`
  return [
    finding({ component: 'storage', severity: 'note', kind: 'object-columns-not-set', count: sent, message }),
  ]
}
