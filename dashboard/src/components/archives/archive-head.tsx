import { Link } from '@tanstack/react-router'
import { Crumbs, ScreenHead } from '../screen-head'

/** The way to a screen about archives of a project, below their list, and its heading. */
export function ArchiveHead(props: {
  projectId: string
  projectName: string
  title: string
  note?: React.ReactNode
  children?: React.ReactNode
}) {
  const { projectId, projectName, title, note, children } = props
  return (
    <ScreenHead
      above={
        <Crumbs project={{ id: projectId, name: projectName }}>
          {' '}
          <Link to="/projects/$projectId/archives" params={{ projectId }} className="hover:underline">
            Archives
          </Link>{' '}
          /
        </Crumbs>
      }
      title={title}
      note={note}
    >
      {children}
    </ScreenHead>
  )
}
