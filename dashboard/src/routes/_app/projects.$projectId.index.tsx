import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { ProjectScreen } from '~/components/project/project-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

const searchSchema = z.object({
  kind: z.string().optional().catch(undefined),
  outcome: z.string().optional().catch(undefined),
})

export const Route = createFileRoute('/_app/projects/$projectId/')({
  validateSearch: searchSchema,
  loader: ({ context: { queryClient, trpc }, params }) =>
    queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId: params.projectId })),
  head: ({ params }) => ({ meta: [{ title: `${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The project is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { projectId } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <ProjectScreen
      project={project}
      role={user.role}
      filter={search}
      onFilter={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
    />
  )
}
