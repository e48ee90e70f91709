import { createFileRoute, Outlet, redirect } from '@tanstack/react-router'
import { useEffect } from 'react'
import { followEvents } from '~/client/events'
import { AppFrame, FrameToCome } from '~/components/app-frame'
import { FailedScreen } from '~/components/failed-screen'
import { SignedOutDialog } from '~/components/signed-out-dialog'

/** Everything that takes a session. */
export const Route = createFileRoute('/_app')({
  async beforeLoad({ context: { queryClient, trpc }, location }) {
    const { isSetUp, user } = await queryClient.ensureQueryData(trpc.session.state.queryOptions())
    if (!isSetUp) throw redirect({ to: '/set-up' })
    if (user === null) throw redirect({ to: '/sign-in', search: { to: location.href } })
    return { user }
  },
  // The server sends it with the page, and it is painted before any script is there.
  pendingComponent: FrameToCome,
  component: AppLayout,
  // There is no frame yet.
  errorComponent: (props) => (
    <main>
      <FailedScreen {...props} />
    </main>
  ),
})

function AppLayout() {
  const { user, queryClient, trpc } = Route.useRouteContext()
  useEffect(() => followEvents({ queryClient, trpc }), [queryClient, trpc])
  return (
    <AppFrame user={user}>
      <Outlet />
      <SignedOutDialog email={user.email} />
    </AppFrame>
  )
}
