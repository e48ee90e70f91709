import { createFileRoute } from '@tanstack/react-router'
import { TransferScreen } from '~/components/project/transfer/transfer-screen'

export const Route = createFileRoute('/_app/import')({
  // Whoever may not add a project may not add many: the server says so, and the form is not offered.
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.projects.variables.queryOptions()),
  head: () => ({ meta: [{ title: 'Import and export · Backups' }] }),
  component: TransferScreen,
})
