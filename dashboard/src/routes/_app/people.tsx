import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { TokensCard } from '~/components/people/tokens-card'
import { UsersCard } from '~/components/people/users-card'
import { ScreenHead } from '~/components/screen-head'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/people')({
  loader: ({ context: { queryClient, trpc } }) =>
    Promise.all([
      queryClient.ensureQueryData(trpc.users.list.queryOptions()),
      queryClient.ensureQueryData(trpc.tokens.list.queryOptions()),
    ]),
  head: () => ({ meta: [{ title: 'Users and tokens · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="Users are being read" />,
  component: PeopleScreen,
})

function PeopleScreen() {
  const { trpc, user } = Route.useRouteContext()
  const { data: people } = useSuspenseQuery(trpc.users.list.queryOptions())
  const { data: programs } = useSuspenseQuery(trpc.tokens.list.queryOptions())
  return (
    <div className="stack gap-6">
      <ScreenHead
        title="Users and tokens"
        note="Who may look at these projects, and who may do what with them."
      />
      <UsersCard {...people} ownEmail={user.email} />
      <TokensCard {...programs} />
    </div>
  )
}
