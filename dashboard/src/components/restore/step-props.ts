import type { Outputs } from '~/client/client'
import type { ProjectDetails } from '../project/details'
import type { Draft, Step } from './state'

type Role = NonNullable<Outputs['session']['state']['user']>['role']

/** What each step gets. */
export interface StepProps {
  project: ProjectDetails
  role: Role
  draft: Draft
  /** Keeps what was chosen, and goes to another step where one is named. */
  onChange: (change: Partial<Draft>, step?: Step) => void
}
