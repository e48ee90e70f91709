import { createFileRoute, redirect, useRouter } from '@tanstack/react-router'
import { z } from 'zod'
import { signedOut } from '~/client/signed-out'
import { FrontDoor } from '~/components/front-door'
import { SignInForm } from '~/components/sign-in-form'

export const Route = createFileRoute('/sign-in')({
  // Only to a place of our own: an address with a host in it would lead elsewhere.
  validateSearch: z.object({
    to: z
      .string()
      .regex(/^\/(?![/\\])/)
      .optional()
      .catch(undefined),
    /** Why somebody is here who wanted to go elsewhere. */
    reason: z.enum(['set-up-over']).optional().catch(undefined),
  }),
  async beforeLoad({ context: { queryClient, trpc } }) {
    const { isSetUp, user } = await queryClient.fetchQuery(
      trpc.session.state.queryOptions(undefined, { staleTime: 0 }),
    )
    if (!isSetUp) throw redirect({ to: '/set-up' })
    if (user !== null) throw redirect({ to: '/' })
  },
  head: () => ({ meta: [{ title: 'Sign in · Backups' }] }),
  component: SignInScreen,
})

function SignInScreen() {
  const { to = '/', reason } = Route.useSearch()
  const { queryClient } = Route.useRouteContext()
  const router = useRouter()
  const enter = async () => {
    signedOut.set(false)
    queryClient.clear()
    await router.navigate({ href: to })
  }
  return (
    <FrontDoor title="Sign in" text="Backups of your Supabase projects.">
      {reason === 'set-up-over' && (
        <p className="rounded-md border border-warn/40 bg-warn-soft p-3" role="status">
          This link was for the first admin, and there is one now. Sign in, or ask an admin to let you in.
        </p>
      )}
      <SignInForm onSignedIn={enter} />
    </FrontDoor>
  )
}
