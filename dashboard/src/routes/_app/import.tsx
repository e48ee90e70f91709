import { createFileRoute } from '@tanstack/react-router'
import { TransferScreen } from '~/components/project/transfer/transfer-screen'

export const Route = createFileRoute('/_app/import')({
  head: () => ({ meta: [{ title: 'Import and export · Backups' }] }),
  component: TransferScreen,
})
