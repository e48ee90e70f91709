import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { exactTime } from '~/client/time'
import type { ProjectDetails } from '../project/details'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { ArchiveHead } from './archive-head'
import { Asked } from './asked'
import { DocumentView } from './document-view'
import { componentDocuments } from './plain'

/** What changed from one backup to another. */
export function CompareScreen({ project, from, to }: { project: ProjectDetails; from: string; to: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { id: projectId, name } = project
  const diff = useQuery(trpc.archives.diff.queryOptions({ projectId, from, to }))
  return (
    <div className="stack gap-6">
      <ArchiveHead
        projectId={projectId}
        projectName={name}
        title="What changed"
        note={`from ${from} to ${to}`}
      >
        <Button asChild>
          <Link to="/projects/$projectId/compare" params={{ projectId }} search={{ from: to, to: from }}>
            The other way round
          </Link>
        </Button>
      </ArchiveHead>
      <Asked query={diff} waiting="What the two have recorded is compared …">
        {(found) => (
          <>
            <p role="status">
              {found.equal ? 'Nothing has changed' : 'They differ'}
              {found.from.snapshotAt !== null && found.to.snapshotAt !== null && (
                <>
                  {' '}
                  between {exactTime(found.from.snapshotAt)} and {exactTime(found.to.snapshotAt)}
                </>
              )}
              .
            </p>
            {componentDocuments(found).map(
              ({ name: component, document }) =>
                document !== null && (
                  <Card key={component} aria-labelledby={`changed-${component}`}>
                    <CardHead title={titleOf(component)} id={`changed-${component}`} />
                    <div className="p-4">
                      <DocumentView document={document} />
                    </div>
                  </Card>
                ),
            )}
            <NotCompared names={componentDocuments(found).filter(({ document }) => document === null)} />
          </>
        )}
      </Asked>
    </div>
  )
}

function NotCompared({ names }: { names: readonly { name: string }[] }) {
  if (names.length === 0) return null
  return (
    <p className="text-muted">
      Not compared, as not both hold it, or not the same part of it:{' '}
      {names.map(({ name }) => name).join(', ')}.
    </p>
  )
}

function titleOf(component: string): string {
  return component.charAt(0).toUpperCase() + component.slice(1)
}
