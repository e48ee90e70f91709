import type { Progress } from '../../common/progress.ts'
import type { CircuitBreaker } from '../../http/circuit-breaker.ts'
import type { OutcomeCounter } from '../mirror/outcome-counter.ts'
import type { Outcome } from './outcomes.ts'
import type { SqlFixups } from './sql-fixups.ts'
import type { Target, TargetOptions } from './target.ts'

export interface RestoreOptions extends TargetOptions {
  /** Leave objects and buckets that the backup does not have. Default: remove them. */
  keepExtra?: boolean | undefined
  /** Bytes from which an upload is a resumable one. Default: 6 MB. */
  tusThreshold?: number | undefined
}

/** A restore under way. */
export interface RestoreRun {
  target: Target
  options: RestoreOptions
  fixups: SqlFixups | undefined
  outcomes: OutcomeCounter<Outcome>
  counts: { bytesSent: number; buckets: number }
  breaker: CircuitBreaker
  progress: Progress
  tasks: Set<Promise<unknown>>
}
