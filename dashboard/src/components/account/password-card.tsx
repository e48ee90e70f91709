import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { problemOf } from '~/client/problem'
import { TypedTwiceFields, useTypedTwice } from '../forms/typed-twice'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Field } from '../ui/field'

export function PasswordCard() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const chosen = useTypedTwice()
  const change = useMutation(
    trpc.account.changePassword.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.account.sessions.queryKey() }),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const next = chosen.read(data)
    const current = String(data.get('current') ?? '')
    if (next !== undefined) change.mutate({ current, next }, { onSuccess: () => form.reset() })
  }
  return (
    <Card aria-labelledby="password">
      <CardHead title="Password" id="password" />
      <form onSubmit={submit} className="grid max-w-[26rem] gap-4 p-4">
        <Field label="Password now" name="current" type="password" autoComplete="current-password" required />
        <TypedTwiceFields label="New password" hint="Your other sessions end." {...chosen.fields} />
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
