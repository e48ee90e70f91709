import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { AddScreen } from '~/components/project/add/add-screen'
import { isAdminOfAll } from '~/components/screens'
import { Empty } from '~/components/ui/empty'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/add-project')({
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.projects.variables.queryOptions()),
  head: () => ({ meta: [{ title: 'Add a project · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The form is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { data: groups } = useSuspenseQuery(trpc.projects.variables.queryOptions())
  if (isAdminOfAll(user)) return <AddScreen groups={groups} />
  return (
    <Empty title="Your role is for some groups of projects">
      <p>A project is added by an admin of all, who puts it into a group of yours.</p>
    </Empty>
  )
}
