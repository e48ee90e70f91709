import type { ProjectSettings } from '../project/settings.ts'

/** What was chosen to restore to. */
export interface Target {
  kind: 'test' | 'project' | 'typed'
  /** For people: `test`, the name of a configured project, or the reference that was typed. */
  name: string
  settings: ProjectSettings
}
