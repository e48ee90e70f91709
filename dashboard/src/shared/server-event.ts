import type { RunEvent } from '../../../src/index.ts'

/** What the one stream of a browser says. */
export type ServerEvent =
  /** Something of a project is not what it was; of these runs in particular. */
  | { type: 'changed'; projectId: string; runIds: string[] }
  /** A run goes on. */
  | { type: 'run'; projectId: string; runId: string; events: RunEvent[] }
