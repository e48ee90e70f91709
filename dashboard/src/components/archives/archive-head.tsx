import { Link } from '@tanstack/react-router'
import { Crumbs, ScreenHead } from './screen-head'

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
    <ScreenHead
      above={
        <Crumbs project={{ id: projectId, name: projectName }}>
          {!isList && (
            <>
              {' '}
              <Link to="/projects/$projectId/archives" params={{ projectId }} className="hover:underline">
                Archives
              </Link>{' '}
              /
            </>
          )}
        </Crumbs>
      }
      title={title}
      note={note}
    >
      {children}
    </ScreenHead>
  )
}
