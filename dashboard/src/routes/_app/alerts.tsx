import { createFileRoute } from '@tanstack/react-router'
import { AlertsScreen } from '~/components/alerts/alerts-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/alerts')({
  loader: ({ context: { queryClient, trpc, user } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.alerts.open.queryOptions()),
      queryClient.ensureQueryData(trpc.alerts.over.queryOptions()),
      ...(user.groups === null
        ? [
            queryClient.ensureQueryData(trpc.alerts.rules.queryOptions()),
            queryClient.ensureQueryData(trpc.alerts.channels.queryOptions()),
            queryClient.ensureQueryData(trpc.alerts.deliveries.queryOptions()),
          ]
        : []),
    ]),
  head: () => ({ meta: [{ title: 'Alerts · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="Alerts are being read" />,
  component: Screen,
})

function Screen() {
  const { user } = Route.useRouteContext()
  return <AlertsScreen user={user} />
}
