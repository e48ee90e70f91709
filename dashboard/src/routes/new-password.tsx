import { useMutation, useQuery } from '@tanstack/react-query'
import { createFileRoute, Link } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { TypedTwiceFields, useTypedTwice } from '~/components/forms/typed-twice'
import { FrontDoor } from '~/components/front-door'
import { ProblemNote } from '~/components/problem-note'
import { Button } from '~/components/ui/button'

export const Route = createFileRoute('/new-password')({
  head: () => ({ meta: [{ title: 'Your password · Backups' }] }),
  component: NewPasswordScreen,
})

function NewPasswordScreen() {
  const { trpc } = Route.useRouteContext()
  // The secret stands behind the #: it reaches no log and no other site.
  const [secret] = useState(() => window.location.hash.slice(1))
  const link = useQuery(trpc.session.passwordLink.queryOptions({ secret }, { enabled: secret !== '' }))
  const [isDone, setDone] = useState(false)
  const email = link.data?.email
  if (isDone)
    return (
      <FrontDoor title="It is set" text="You were signed out everywhere else.">
        <Button asChild variant="primary" size="large">
          <Link to="/sign-in">Sign in</Link>
        </Button>
      </FrontDoor>
    )
  if (secret === '' || email === null)
    return (
      <FrontDoor title="This link is of no use" text="It was used, has expired, or is not the newest.">
        <p>Ask an admin of this dashboard for a new one.</p>
      </FrontDoor>
    )
  return (
    <FrontDoor title="Choose your password" text={email ?? 'One moment …'}>
      {link.isError && <ProblemNote problem={problemOf(link.error)} />}
      {email !== undefined && <PasswordForm secret={secret} email={email} onDone={() => setDone(true)} />}
    </FrontDoor>
  )
}

function PasswordForm({ secret, email, onDone }: { secret: string; email: string; onDone: () => void }) {
  const { trpc } = Route.useRouteContext()
  const chosen = useTypedTwice()
  const choose = useMutation(trpc.session.choosePassword.mutationOptions({ onSuccess: onDone }))
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const password = chosen.read(new FormData(event.currentTarget))
    if (password !== undefined) choose.mutate({ secret, password })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      <TypedTwiceFields label="New password" {...chosen.fields} />
      {choose.isError && <ProblemNote problem={problemOf(choose.error)} />}
      <Button type="submit" variant="primary" size="large" disabled={choose.isPending}>
        {choose.isPending ? 'Setting …' : 'Set the password'}
      </Button>
    </form>
  )
}
