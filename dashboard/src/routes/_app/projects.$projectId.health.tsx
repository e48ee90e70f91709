import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { HealthScreen } from '~/components/health/health-screen'
import { hasRole } from '~/components/screens'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/projects/$projectId/health')({
  loader: ({ context: { queryClient, trpc }, params: { projectId } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId })),
      queryClient.ensureQueryData(trpc.health.get.queryOptions({ projectId })),
    ]),
  head: ({ params }) => ({ meta: [{ title: `Health of ${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The project’s health is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { projectId } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  const { data: health } = useSuspenseQuery(trpc.health.get.queryOptions({ projectId }))
  return <HealthScreen project={project} health={health} mayCheck={hasRole(user, 'operator')} />
}
