import type { Component } from '../common/findings.ts'
import type { WorkerContext } from '../common/worker.ts'
import type { Config } from '../config/load.ts'

/** What every verb of the restore worker is given. */
export interface RestoreCommand extends WorkerContext {
  config: Config
  generation: string
  components: Component[]
  /** The target's reference, given in place of typing it. */
  confirm: string | undefined
  /** No question may be asked. */
  yes: boolean
}
