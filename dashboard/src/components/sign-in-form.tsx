import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from './problem-note'
import { Button } from './ui/button'
import { Field } from './ui/field'

/** Address and password, then the second factor's code where there is one. */
export function SignInForm({ email, onSignedIn }: { email?: string | undefined; onSignedIn: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const [needsCode, setNeedsCode] = useState(false)
  const signIn = useMutation(
    trpc.session.signIn.mutationOptions({
      onSuccess: (answer) => (answer.needsCode ? setNeedsCode(true) : onSignedIn()),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    signIn.mutate({
      email: email ?? text('email'),
      password: text('password'),
      ...(needsCode && { code: text('code') }),
    })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      {email === undefined ? (
        <Field
          label="Email address"
          name="email"
          type="email"
          autoComplete="username"
          required
          readOnly={needsCode}
        />
      ) : (
        // For password managers, which look for it.
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
      )}
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        readOnly={needsCode}
      />
      {needsCode && (
        <Field
          label="Code of your app"
          name="code"
          autoComplete="one-time-code"
          pattern="[0-9 ]{6,7}|[A-Za-z0-9\- ]{12,16}"
          hint="Six digits, a new one every 30 seconds; or one of your recovery codes."
          required
          // The step that was asked for; nothing else on the screen has changed.
          autoFocus
        />
      )}
      {signIn.isError && <ProblemNote problem={problemOf(signIn.error)} />}
      <Button type="submit" variant="primary" size="large" disabled={signIn.isPending}>
        {signIn.isPending ? 'Signing in …' : 'Sign in'}
      </Button>
    </form>
  )
}
