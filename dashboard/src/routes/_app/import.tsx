import { createFileRoute } from '@tanstack/react-router'
import { TransferScreen } from '~/components/project/transfer/transfer-screen'
import { isAdminOfAll } from '~/components/screens'

export const Route = createFileRoute('/_app/import')({
  // Whoever is no admin may do neither: the server says so, and no form is offered.
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.projects.variables.queryOptions()),
  head: () => ({ meta: [{ title: 'Import and export · Backups' }] }),
  component: Screen,
})

function Screen() {
  const { user } = Route.useRouteContext()
  return <TransferScreen mayImport={isAdminOfAll(user)} />
}
