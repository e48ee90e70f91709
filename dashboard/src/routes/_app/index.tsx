import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { OverviewScreen } from '~/components/overview/overview-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

const searchSchema = z.object({
  text: z.string().optional().catch(undefined),
  state: z.string().optional().catch(undefined),
  environment: z.string().optional().catch(undefined),
  group: z.string().optional().catch(undefined),
})

export const Route = createFileRoute('/_app/')({
  validateSearch: searchSchema,
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.projects.list.queryOptions()),
  head: () => ({ meta: [{ title: 'Overview · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The projects are being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { data: projects } = useSuspenseQuery(trpc.projects.list.queryOptions())
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <OverviewScreen
      projects={projects}
      user={user}
      filter={search}
      onFilter={(next) => void navigate({ search: next, replace: true })}
    />
  )
}
