import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../../problem-note'
import { Ago } from '../../time'
import { Button } from '../../ui/button'
import { Card } from '../../ui/card'
import { Code } from '../../ui/copy'
import { Empty } from '../../ui/empty'
import { DropDialog } from './drop-dialog'
import type { RemovedProject } from './removed-project'

/** Projects that were taken out: each can be put back, or let go of for good. */
export function RemovedScreen({ removed }: { removed: RemovedProject[] }) {
  const [dropped, setDropped] = useState<RemovedProject>()
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-[minmax(0,1fr)] gap-6">
      <div className="grid gap-1">
        <nav aria-label="Where you are" className="text-muted">
          <Link to="/" className="hover:underline">
            Overview
          </Link>{' '}
          /
        </nav>
        <h1 className="font-semibold text-2xl tracking-tight">Removed projects</h1>
        <p className="text-muted">
          What their archives are read with is kept: the env file, and the secrets that were sealed here.
        </p>
      </div>
      <Card aria-label="Removed projects">
        {removed.length === 0 ? (
          <Empty title="No project was removed">
            <p>
              One that is removed in its settings stands here until it is put back, or let go of for good.
            </p>
          </Empty>
        ) : (
          <ul className="divide-y">
            {removed.map((project) => (
              <RemovedRow key={project.id} project={project} onDrop={() => setDropped(project)} />
            ))}
          </ul>
        )}
      </Card>
      {dropped !== undefined && <DropDialog project={dropped} onClose={() => setDropped(undefined)} />}
    </div>
  )
}

function RemovedRow({ project, onDrop }: { project: RemovedProject; onDrop: () => void }) {
  const { id, name, envFile, keptAs, removedAt, removedBy, secrets } = project
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const putBack = useMutation(
    trpc.projects.putBack.mutationOptions({
      async onSuccess({ id: projectId }) {
        await navigate({ to: '/projects/$projectId', params: { projectId } })
        await queryClient.invalidateQueries({ queryKey: trpc.projects.pathKey() })
      },
    }),
  )
  return (
    <li className="stack gap-3 p-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-60">
          <h2 className="truncate font-medium" title={name}>
            {name}
          </h2>
          <p className="text-muted">
            removed <Ago time={removedAt} /> by {removedBy}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            aria-label={`Put back ${name}`}
            disabled={putBack.isPending}
            onClick={() => putBack.mutate({ removedId: id })}
          >
            {putBack.isPending ? 'Putting it back …' : 'Put back'}
          </Button>
          <Button variant="danger" aria-label={`Let go of ${name}`} onClick={onDrop}>
            Let go
          </Button>
        </div>
      </div>
      {keptAs === null ? (
        <p className="text-muted [overflow-wrap:anywhere]">
          Its env file was gone: where it is back in its place, {envFile}, so is the project.
        </p>
      ) : (
        <Code text={keptAs} />
      )}
      <p className="text-muted [overflow-wrap:anywhere]">
        {secrets.length === 0
          ? 'No secret of it was sealed here.'
          : `${plural(secrets.length, 'sealed secret')}: ${secrets.join(', ')}`}
      </p>
      {putBack.isError && <ProblemNote problem={problemOf(putBack.error)} />}
    </li>
  )
}
