import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ArchiveScreen } from '~/components/archives/archive-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/projects/$projectId/archives/$archive')({
  loader: ({ context: { queryClient, trpc }, params }) =>
    queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId: params.projectId })),
  head: ({ params }) => ({ meta: [{ title: `${params.archive} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The project is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { projectId, archive } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  return <ArchiveScreen key={archive} project={project} archive={archive} role={user.role} />
}
