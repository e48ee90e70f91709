import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { RemovedScreen } from '~/components/project/removed/removed-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/removed-projects')({
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.projects.removed.queryOptions()),
  head: () => ({ meta: [{ title: 'Removed projects · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="What was removed is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc } = Route.useRouteContext()
  const { data: removed } = useSuspenseQuery(trpc.projects.removed.queryOptions())
  return <RemovedScreen removed={removed} />
}
