import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { SchedulesScreen } from '~/components/schedules/schedules-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/schedules')({
  validateSearch: z.object({ project: z.string().optional().catch(undefined) }),
  loader: ({ context: { queryClient, trpc } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.schedules.list.queryOptions()),
      queryClient.ensureQueryData(trpc.projects.list.queryOptions()),
    ]),
  head: () => ({ meta: [{ title: 'Schedules · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The schedules are being read" />,
  component: Screen,
})

function Screen() {
  const { user } = Route.useRouteContext()
  const { project } = Route.useSearch()
  const navigate = Route.useNavigate()
  return (
    <SchedulesScreen
      role={user.role}
      projectId={project}
      onProject={(next) => void navigate({ search: { project: next }, replace: true })}
    />
  )
}
