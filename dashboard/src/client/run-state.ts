import type { Outputs } from './client'

type RunState = Outputs['runs']['get']['state']

const underWay: readonly RunState[] = ['queued', 'starting', 'running', 'cancelling']

/** Whether something may still become of a run: it waits for its turn, or goes on. */
export function isUnderWay(state: RunState): boolean {
  return underWay.includes(state)
}
