import { useSuspenseQuery } from '@tanstack/react-query'
import { createFileRoute } from '@tanstack/react-router'
import { PasswordCard } from '~/components/account/password-card'
import { SessionsCard } from '~/components/account/sessions-card'
import { TwoFactorCard } from '~/components/account/two-factor-card'
import { rightsInWords } from '~/components/people/rights-fields'
import { ScreenHead } from '~/components/screen-head'
import { SkeletonPage } from '~/components/ui/skeleton'

export const Route = createFileRoute('/_app/account')({
  loader: ({ context: { queryClient, trpc } }) =>
    queryClient.ensureQueryData(trpc.account.sessions.queryOptions()),
  head: () => ({ meta: [{ title: 'Your account · Backups' }] }),
  pendingComponent: () => <SkeletonPage label="Your account is being read" />,
  component: AccountScreen,
})

function AccountScreen() {
  const { trpc } = Route.useRouteContext()
  const { data } = useSuspenseQuery(trpc.session.state.queryOptions())
  const { user } = data
  return (
    <div className="mx-auto grid max-w-3xl gap-6">
      <ScreenHead
        title="Your account"
        note={user === null ? undefined : `${user.name} · ${user.email} · ${rightsInWords(user)}`}
      />
      <PasswordCard />
      <TwoFactorCard hasTotp={user?.hasTotp ?? false} />
      <SessionsCard />
    </div>
  )
}
