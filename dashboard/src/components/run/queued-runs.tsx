import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import type { Outputs } from '~/client/client'
import { kindTitle, kindWord } from '~/client/kind-words'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'

type QueuedRun = Outputs['runs']['queue'][number]

/** Runs that wait for their turn, of all projects or of one. */
export function QueuedRuns({ projectId, mayCancel }: { projectId?: string; mayCancel: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const { data = [] } = useQuery(trpc.runs.queue.queryOptions())
  const cancel = useMutation(
    trpc.runs.cancel.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.runs.queue.queryKey() }),
    }),
  )
  const shown = data.filter((run) => projectId === undefined || run.projectId === projectId)
  if (shown.length === 0) return null
  return (
    <section aria-labelledby="queued" className="stack gap-2">
      <h2 id="queued" className="font-semibold">
        Waiting for their turn
      </h2>
      {cancel.isError && <ProblemNote problem={problemOf(cancel.error)} />}
      <ol className="divide-y rounded-lg border bg-surface">
        {shown.map((run) => (
          <li key={run.runId} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
            <Status look={lookOf('queued')} />
            <Link
              to="/projects/$projectId/runs/$runId"
              params={{ projectId: run.projectId, runId: run.runId }}
              className="font-medium hover:underline"
            >
              {projectId === undefined ? run.projectName : kindTitle(run.kind)}
            </Link>
            <span className="text-muted">
              {projectId === undefined && `${kindWord(run.kind)} · `}
              {whyQueued(run)}
            </span>
            <span className="text-muted sm:ml-auto">
              asked for by {run.startedBy} <Ago time={run.startedAt} />
            </span>
            {mayCancel && (
              <Button
                size="small"
                disabled={cancel.isPending}
                onClick={() => cancel.mutate({ projectId: run.projectId, runId: run.runId })}
                aria-label={`Cancel the ${kindWord(run.kind)} of ${run.projectName} that waits`}
              >
                Cancel
              </Button>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

/** Where in the queue it is, and what it waits for. */
export function whyQueued({ position, waitsFor }: Pick<QueuedRun, 'position' | 'waitsFor'>): string {
  const what =
    waitsFor === 'project' ? 'the run of its project to end' : 'a place among those that go on at once'
  return `number ${position} in the queue, waits for ${what}`
}
