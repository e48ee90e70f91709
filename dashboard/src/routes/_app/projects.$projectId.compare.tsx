import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { CompareScreen } from '~/components/archives/compare-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

const searchSchema = z.object({ from: z.string().catch('latest'), to: z.string().catch('latest') })

export const Route = createFileRoute('/_app/projects/$projectId/compare')({
  validateSearch: searchSchema,
  loader: ({ context: { queryClient, trpc }, params }) =>
    queryClient.ensureQueryData(trpc.projects.get.queryOptions({ projectId: params.projectId })),
  head: ({ params }) => ({ meta: [{ title: `Changes of ${params.projectId} · Backups` }] }),
  pendingComponent: () => <SkeletonPage label="The project is being read" />,
  component: Screen,
})

function Screen() {
  const { trpc } = Route.useRouteContext()
  const { projectId } = Route.useParams()
  const { data: project } = useSuspenseQuery(trpc.projects.get.queryOptions({ projectId }))
  const { from, to } = Route.useSearch()
  return <CompareScreen project={project} from={from} to={to} />
}
