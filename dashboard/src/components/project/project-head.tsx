import { Link, useRouteContext } from '@tanstack/react-router'
import { Crumbs, ScreenHead } from '../screen-head'
import { projectScreensFor } from '../screens'
import { Status, safetyLooks } from '../status'
import type { ProjectDetails } from './details'
import { Labels } from './labels'
import { RunActions } from './run-actions'

/** What is above every screen of a project: which it is, how it is, what can be started, and its other screens. */
export function ProjectHead({ project }: { project: ProjectDetails }) {
  const { user } = useRouteContext({ from: '/_app' })
  const { id: projectId, name, origin, safety } = project
  return (
    <div className="stack gap-4">
      <ScreenHead
        above={<Crumbs />}
        title={name}
        status={
          <>
            <Status look={safetyLooks[safety]} />
            <Labels project={project} />
          </>
        }
        note={origin}
      >
        <RunActions project={project} mayStart={user.role !== 'viewer'} />
      </ScreenHead>
      <nav aria-label={`Screens of ${name}`} className="overflow-x-auto border-b">
        <ul className="flex gap-1">
          {projectScreensFor(user).map(({ to, word }) => (
            <li key={to}>
              <Link
                to={to}
                params={{ projectId }}
                activeOptions={{ exact: true, includeSearch: false }}
                className="-mb-px block border-transparent border-b-2 px-3 py-2 text-muted hover:text-ink data-[status=active]:border-accent data-[status=active]:font-medium data-[status=active]:text-ink"
              >
                {word}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </div>
  )
}
