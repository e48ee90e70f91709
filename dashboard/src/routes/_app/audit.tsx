import { createFileRoute } from '@tanstack/react-router'
import { z } from 'zod'
import { AuditScreen } from '~/components/audit/audit-screen'
import { SkeletonPage } from '~/components/ui/skeleton'

const text = z.string().max(200).optional().catch(undefined)

export const Route = createFileRoute('/_app/audit')({
  // In the address, so that what was looked for can be sent to somebody.
  validateSearch: z.object({
    actor: text,
    action: text,
    outcome: z.enum(['done', 'denied', 'failed']).optional().catch(undefined),
    text,
    from: z.iso.date().optional().catch(undefined),
    to: z.iso.date().optional().catch(undefined),
  }),
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.audit.known.queryOptions()),
  head: () => ({ meta: [{ title: 'Audit · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="The audit is being read" />,
  component: () => {
    const search = Route.useSearch()
    const navigate = Route.useNavigate()
    return (
      <AuditScreen
        filter={search}
        onFilter={(changes) =>
          void navigate({
            search: (before) => ({ ...before, ...changes }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    )
  },
})
