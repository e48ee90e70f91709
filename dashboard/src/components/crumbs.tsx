import { Link } from '@tanstack/react-router'

/** The way to a screen of a project, and its heading. */
export function ProjectHead(props: {
  projectId: string
  projectName: string
  title: string
  note?: React.ReactNode
  /** That it is the list of archives itself. */
  isList?: boolean
  children?: React.ReactNode
}) {
  const { projectId, projectName, title, note, isList = false, children } = props
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
      <div className="grid min-w-0 gap-1">
        <nav aria-label="Where you are" className="text-muted">
          <Link to="/" className="hover:underline">
            Overview
          </Link>{' '}
          /{' '}
          <Link to="/projects/$projectId" params={{ projectId }} className="hover:underline">
            {projectName}
          </Link>{' '}
          /{' '}
          {!isList && (
            <>
              <Link to="/projects/$projectId/archives" params={{ projectId }} className="hover:underline">
                Archives
              </Link>{' '}
              /
            </>
          )}
        </nav>
        <h1 className="font-semibold text-2xl tracking-tight [overflow-wrap:anywhere]">{title}</h1>
        {note !== undefined && <p className="text-muted">{note}</p>}
      </div>
      <div className="flex flex-wrap items-center gap-2 sm:ml-auto">{children}</div>
    </div>
  )
}
