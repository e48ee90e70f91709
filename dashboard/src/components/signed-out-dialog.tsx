import { useRouteContext, useRouter } from '@tanstack/react-router'
import { signedOut, useSignedOut } from '~/client/signed-out'
import { SignInForm } from './sign-in-form'
import { Dialog } from './ui/dialog'

/** When the session has ended under one's hands: signed in again in place, so that nothing filled in is lost. */
export function SignedOutDialog({ email }: { email: string }) {
  const { queryClient } = useRouteContext({ from: '__root__' })
  const router = useRouter()
  const isOpen = useSignedOut()
  const goOn = async () => {
    signedOut.set(false)
    await queryClient.invalidateQueries()
    await router.invalidate()
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => {}}
      title="You were signed out"
      description={
        <>
          Sign in again as <strong className="font-medium text-ink">{email}</strong> and go on where you were:
          nothing on this page is lost.
        </>
      }
      stays
    >
      <SignInForm email={email} onSignedIn={goOn} />
    </Dialog>
  )
}
