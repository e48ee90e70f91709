import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { RestoreScreen } from '~/components/restore/restore-screen'
import { steps } from '~/components/restore/state'
import { SkeletonPage } from '~/components/ui/skeleton'

const searchSchema = z.object({
  draft: z.string().optional().catch(undefined),
  step: z.enum(steps).optional().catch(undefined),
  /** The backup that a new draft begins with. */
  archive: z.string().optional().catch(undefined),
})

export const Route = createFileRoute('/_app/projects/$projectId/restore')({
  validateSearch: searchSchema,
  loader: ({ context: { queryClient, trpc }, params }) =>
    queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId: params.projectId })),
  head: ({ params }) => ({ meta: [{ title: `Restore ${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The project is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { projectId } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  const navigate = Route.useNavigate()
  return (
    <RestoreScreen
      project={project}
      role={user.role}
      place={Route.useSearch()}
      onPlace={(search) => void navigate({ search })}
    />
  )
}
