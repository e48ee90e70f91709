import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { ApiScreen } from '~/components/api/api-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/api-reference')({
  loader: ({ context: { queryClient, trpc } }) => queryClient.ensureQueryData(trpc.help.api.queryOptions()),
  head: () => ({ meta: [{ title: 'API · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The calls are being read" />,
  component: Screen,
})

function Screen() {
  const { trpc, user } = Route.useRouteContext()
  const { data: operations } = useSuspenseQuery(trpc.help.api.queryOptions())
  return <ApiScreen operations={operations} user={user} />
}
