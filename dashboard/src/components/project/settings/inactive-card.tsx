import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card } from '../../ui/card'
import type { ProjectDetails } from '../details'

/** Lets a project rest, or wakes it. */
export function InactiveCard({ project }: { project: ProjectDetails }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const isInactive = project.inactiveSince !== null
  const set = useMutation(
    trpc.projects.setInactive.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.projects.pathKey() }),
    }),
  )
  return (
    <Card aria-labelledby="inactive" className="flex flex-wrap items-center gap-4 p-4">
      <div className="grid min-w-0 flex-1 basis-72 gap-1">
        <h2 id="inactive" className="font-semibold">
          {isInactive ? 'It is inactive' : 'Let it rest'}
        </h2>
        <p className="text-muted">
          {isInactive
            ? 'Made active again, runs of it are started as before.'
            : 'No run of it is started from here then, and it counts neither as safe nor as in need. Timers of the machine go on.'}
        </p>
        {set.isError && <ProblemNote problem={problemOf(set.error)} />}
      </div>
      <Button
        disabled={set.isPending}
        onClick={() => set.mutate({ projectId: project.id, isInactive: !isInactive })}
      >
        {isInactive ? 'Make it active' : 'Make it inactive'}
      </Button>
    </Card>
  )
}
