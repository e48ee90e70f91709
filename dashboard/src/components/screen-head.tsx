import { Link } from '@tanstack/react-router'

/** A screen's heading: the way to it above, what it says of itself below, and what can be done beside. */
export function ScreenHead(props: {
  above?: React.ReactNode
  title: string
  status?: React.ReactNode
  note?: React.ReactNode
  children?: React.ReactNode
}) {
  const { above, title, status, note, children } = props
  return (
    <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
      <div className="grid min-w-0 gap-1">
        {above}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="font-semibold text-2xl tracking-tight [overflow-wrap:anywhere]">{title}</h1>
          {status}
        </div>
        {note !== undefined && (
          <div className="max-w-prose text-muted [overflow-wrap:anywhere] empty:hidden">{note}</div>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-2 empty:hidden sm:ml-auto">{children}</div>
    </div>
  )
}

/** The way to a project, to a screen of it, or on to one below that. */
export function Crumbs(props: { project?: { id: string; name: string }; children?: React.ReactNode }) {
  const { project, children } = props
  return (
    <nav aria-label="Where you are" className="text-muted">
      <Link to="/" className="hover:underline">
        Overview
      </Link>{' '}
      /
      {project !== undefined && (
        <>
          {' '}
          <Link to="/projects/$projectId" params={{ projectId: project.id }} className="hover:underline">
            {project.name}
          </Link>{' '}
          /
        </>
      )}
      {children}
    </nav>
  )
}
