import type { CoverageKind } from './kind.ts'

/** What no component backs up. */
export const uncovered: readonly CoverageKind[] = [
  {
    name: 'Unfinished uploads',
    returns: 'The client begins again.',
  },
  {
    name: 'Private signing keys, the JWT secret',
    returns: 'Never: the platform does not give them out. Keep them where you keep other secrets.',
  },
  {
    name: 'Logs, metrics, branches, read replicas',
    returns: 'Never: they are not the project’s data.',
  },
]
