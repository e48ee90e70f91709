import type { Outputs } from '~/client/client'
import type { ProjectDetails } from '../details'
import { ProjectHead } from '../project-head'
import { InactiveCard } from './inactive-card'
import { PlaceCard } from './place-card'
import { RemoveCard } from './remove-card'
import { SettingsCard } from './settings-card'

/** What can be set of a project, and the ways to let it rest or go. */
export function SettingsScreen(props: {
  project: ProjectDetails
  groups: Outputs['projects']['variables']
  /** Null where its env file cannot be changed from here. */
  settings: Outputs['projects']['settings'] | null
}) {
  const { project, groups, settings } = props
  return (
    <div className="stack gap-6">
      <ProjectHead project={project} />
      <PlaceCard project={project} />
      {settings !== null && <SettingsCard project={project} groups={groups} settings={settings} />}
      <InactiveCard project={project} />
      <RemoveCard project={project} />
    </div>
  )
}
