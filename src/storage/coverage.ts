import type { CoverageKind } from '../coverage/kind.ts'

/** What Storage holds, in the order of the coverage matrix. */
export const storageCoverage: readonly CoverageKind[] = [
  {
    name: 'Storage: buckets',
    counts: ['buckets'],
    returns: 'With visibility, size limit, types, owner and times.',
  },
  {
    name: 'Storage: objects',
    counts: ['objects', 'bytes'],
    returns:
      'Byte for byte under the same name, with type, cache control, robots tag, user metadata, id, owner and times. Only the internal version is new.',
    rules: ['account-and-object-records'],
  },
]
