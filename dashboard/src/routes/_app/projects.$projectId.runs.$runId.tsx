import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { RunScreen } from '~/components/run/run-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/projects/$projectId/runs/$runId')({
  loader: ({ context: { queryClient, trpc }, params }) =>
    queryClient.ensureQueryData(trpc.runs.get.queryOptions(params)),
  head: ({ params }) => ({ meta: [{ title: `Run of ${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The run is being read" />,
  component: Screen,
})

/** One that is about to begin or has just ended is asked for again until it is there; then the stream of events tells of it. */
const againMs = 1000

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const params = Route.useParams()
  const { data: run } = useSuspenseQuery({
    ...trpc.runs.get.queryOptions(params),
    refetchInterval: ({ state: { data } }) =>
      data?.state === 'queued' ||
      data?.state === 'starting' ||
      (data?.state === 'running' && data.live === null)
        ? againMs
        : false,
  })
  return <RunScreen run={run} mayCancel={user.role !== 'viewer'} />
}
