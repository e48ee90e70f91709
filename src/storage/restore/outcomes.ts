import { plural } from '../../common/units.ts'
import { createOutcomeCounter, type Kind, type OutcomeCounter } from '../mirror/outcome-counter.ts'

/** What became of an object (or bucket) in a restore. */
export type Outcome =
  | 'same'
  | 'sent'
  | 'rewritten'
  | 'removed'
  | 'kept'
  | 'failed'
  | 'refused'
  | 'unsafe'
  | 'without-bytes'
  | 'not-removed'
  | 'user-metadata-unset'
  | 'user-metadata-rounded'
  | 'metadata-unset'
  | 'robots-unset'
  | 'metadata-completed'
  | 'bucket-removed'
  | 'bucket-not-removed'

const kinds: Partial<Record<Outcome, Kind>> = {
  kept: {
    severity: 'note',
    kind: 'extra-objects-kept',
    message: (n) => `${plural(n, 'object')} that the backup does not have were left at the target.`,
  },
  failed: {
    severity: 'degraded',
    kind: 'objects-not-restored',
    message: (n) => `${plural(n, 'object')} could not be restored; restoring again continues with them.`,
  },
  refused: {
    severity: 'degraded',
    kind: 'objects-refused',
    message: (n) =>
      `The service refused ${plural(n, 'object')}: their names or attributes are not allowed there.`,
  },
  unsafe: {
    severity: 'degraded',
    kind: 'objects-without-version',
    message: (n) =>
      `${plural(n, 'row')} of the target lack a version; replacing such an object through the API can delete others. Restore with a database connection.`,
  },
  'without-bytes': {
    severity: 'note',
    kind: 'objects-without-bytes',
    message: (n) =>
      `${plural(n, 'object')} were unreadable or gone when the backup was made, so there is nothing to restore; their rows have no bytes.`,
  },
  'not-removed': {
    severity: 'degraded',
    kind: 'extra-objects-not-removed',
    message: (n) => `${plural(n, 'object')} that the backup does not have could not be removed.`,
  },
  'bucket-not-removed': {
    severity: 'degraded',
    kind: 'extra-buckets-not-removed',
    message: (n) => `${plural(n, 'bucket')} that the backup does not have could not be removed.`,
  },
  'user-metadata-unset': {
    severity: 'manual',
    kind: 'user-metadata-not-set',
    message: (n) =>
      `The user metadata of ${plural(n, 'object')} is too large for the API; restore with a database connection to set it.`,
  },
  'user-metadata-rounded': {
    severity: 'manual',
    kind: 'user-metadata-rounded',
    message: (n) =>
      `The user metadata of ${plural(n, 'object')} has numbers that the API rounds; restore with a database connection to keep them.`,
  },
  'metadata-unset': {
    severity: 'manual',
    kind: 'metadata-not-set',
    message: (n) =>
      `What SQL put into storage.objects.metadata of ${plural(n, 'object')} cannot be set by the API; restore with a database connection.`,
  },
  'metadata-completed': {
    severity: 'note',
    kind: 'metadata-completed',
    message: (n) =>
      `storage.objects.metadata of ${plural(n, 'object')} was not whole at the origin, or told another size than the bytes have; the service writes it whole with the bytes, and so it is at the target.`,
  },
  'robots-unset': {
    severity: 'manual',
    kind: 'robots-tag-not-set',
    message: (n) => `The robots tag of ${plural(n, 'large object')} cannot be set by a resumable upload.`,
  },
}

export function createOutcomes(): OutcomeCounter<Outcome> {
  return createOutcomeCounter<Outcome>(kinds)
}
