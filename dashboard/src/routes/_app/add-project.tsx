import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { AddScreen } from '~/components/project/add/add-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/add-project')({
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.projects.variables.queryOptions()),
  head: () => ({ meta: [{ title: 'Add a project · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The form is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc } = Route.useRouteContext()
  const { data: groups } = useSuspenseQuery(trpc.projects.variables.queryOptions())
  return <AddScreen groups={groups} />
}
