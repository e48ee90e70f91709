import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Field } from '../ui/field'

export function PasswordCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [mismatch, setMismatch] = useState<string>()
  const change = useMutation(
    trpc.account.changePassword.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.account.sessions.queryKey() }),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const text = (name: string) => String(data.get(name) ?? '')
    const isSame = text('next') === text('again')
    setMismatch(isSame ? undefined : 'This is not the same password.')
    if (isSame)
      change.mutate({ current: text('current'), next: text('next') }, { onSuccess: () => form.reset() })
  }
  return (
    <Card aria-labelledby="password">
      <CardHead title="Password" id="password" />
      <form onSubmit={submit} className="grid max-w-[26rem] gap-4 p-4">
        <Field label="Password now" name="current" type="password" autoComplete="current-password" required />
        <Field
          label="New password"
          name="next"
          type="password"
          autoComplete="new-password"
          hint="12 characters or more. Your other sessions end."
          minLength={12}
          required
        />
        <Field
          label="New password again"
          name="again"
          type="password"
          autoComplete="new-password"
          problem={mismatch}
          required
        />
        {change.isError && <ProblemNote problem={problemOf(change.error)} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" disabled={change.isPending}>
            {change.isPending ? 'Changing …' : 'Change the password'}
          </Button>
          <span role="status" className="text-good">
            {change.isSuccess && 'It is changed.'}
          </span>
        </div>
      </form>
    </Card>
  )
}
