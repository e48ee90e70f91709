import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { isUnderWay } from '~/client/run-state'
import { ErrorPanel } from '../error-panel'
import { lookOf, Status } from '../status'
import { Previewed } from './previewed'

const askEveryMs = 1500

/** A preview that was asked for: while it is made, what it says, or why it could not be made. */
export function PreviewRun({ projectId, runId }: { projectId: string; runId: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const run = useQuery({
    ...trpc.runs.get.queryOptions({ projectId, runId }),
    refetchInterval: ({ state: { data } }) =>
      data === undefined || isUnderWay(data.state) ? askEveryMs : false,
  })
  const isDone = run.data?.state === 'answered'
  const answer = useQuery({ ...trpc.runs.answer.queryOptions({ projectId, runId }), enabled: isDone })
  if (run.data?.launch?.problem) return <ErrorPanel error={run.data.launch.problem} />
  const previewed = answer.data?.previewed
  if (!previewed)
    return (
      <p role="status" className="flex flex-wrap items-center gap-3 text-muted">
        <Status look={lookOf(run.data?.state ?? 'starting')} />
        {run.data?.state === 'lost'
          ? 'The dashboard ended meanwhile: ask for it again.'
          : 'The backup is taken out, checked, and compared with the target. Nothing is changed.'}
        <Link to="/projects/$projectId/runs/$runId" params={{ projectId, runId }} className="underline">
          its run
        </Link>
      </p>
    )
  return <Previewed previewed={previewed} />
}
