import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ArchivesScreen } from '~/components/archives/archives-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/projects/$projectId/archives/')({
  loader: ({ context: { queryClient, trpc }, params }) =>
    queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId: params.projectId })),
  head: ({ params }) => ({ meta: [{ title: `Archives of ${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The project is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { projectId } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  return <ArchivesScreen project={project} mayRestore={user.role !== 'viewer'} />
}
