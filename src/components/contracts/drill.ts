import type { Finding } from '../../common/findings.ts'
import type { Manifest } from '../../common/manifest.ts'
import type { Config } from '../../config/config.ts'
import type { Condition } from '../../preflight/condition.ts'
import type { Project } from '../../project/project.ts'
import type { ComponentContext, ComponentFlags, OfflineContext } from './context.ts'

/** Whether a drill can prove a component: by a stand-in of the project, which every component adds its part to. */
export type DrillRole =
  | {
      provable: true
      /** Lines of --check: could a drill run here? */
      preflight?(context: ComponentContext): Promise<Condition[]>
      /** Refuses a backup that no stand-in here could take; it is not verified yet. */
      requireStandIn?(context: Omit<StandInContext, 'manifest' | 'project'>): Promise<void>
      standIn?(context: StandInContext): Promise<StandIn>
    }
  | { provable: false; because: string }

export interface StandInContext extends OfflineContext {
  config: Config
  manifest: Manifest
  /** What the components before have started. */
  project: Partial<Project>
}

/** A component's part of the throwaway project. */
export interface StandIn {
  project: Partial<Project>
  /** In what it is not like a hosted one. */
  findings: Finding[]
  /** Of restore.sh: what is worth doing here, unless the command says otherwise. */
  flags?: ComponentFlags | undefined
  /** What was thrown while it was used, as the error it is where the cause is the stand-in itself; else what was given. */
  failure?(error: unknown): unknown
  /** Ends it and removes everything. */
  stop(): Promise<void>
}
