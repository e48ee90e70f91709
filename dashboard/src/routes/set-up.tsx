import { useMutation, useQuery } from '@tanstack/react-query'
import { createFileRoute, redirect, useRouter } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { TypedTwiceFields, useTypedTwice } from '~/components/forms/typed-twice'
import { FrontDoor } from '~/components/front-door'
import { ProblemNote } from '~/components/problem-note'
import { Button } from '~/components/ui/button'
import { Code } from '~/components/ui/copy'
import { Field } from '~/components/ui/field'

export const Route = createFileRoute('/set-up')({
  async beforeLoad({ context: { queryClient, trpc } }) {
    const { isSetUp } = await queryClient.fetchQuery(
      trpc.session.state.queryOptions(undefined, { staleTime: 0 }),
    )
    if (isSetUp) throw redirect({ to: '/sign-in', search: { reason: 'set-up-over' } })
  },
  head: () => ({ meta: [{ title: 'First run · Backups' }] }),
  component: SetUpScreen,
})

function SetUpScreen() {
  const { trpc } = Route.useRouteContext()
  // The secret stands behind the #: it reaches no log and no other site.
  const [secret] = useState(() => window.location.hash.slice(1))
  const link = useQuery(trpc.session.isLinkGood.queryOptions({ secret }, { enabled: secret !== '' }))
  if (secret === '' || link.data === false)
    return (
      <FrontDoor
        title="One more step"
        text="This dashboard has no user yet. Its first admin is made by a link that it printed where it was started."
      >
        <div className="stack gap-3">
          <p>
            {secret === '' ? 'Open that link.' : 'This link was used, or a newer one was printed.'} For a new
            one, start it again:
          </p>
          <Code text="npm run dashboard" />
        </div>
      </FrontDoor>
    )
  return (
    <FrontDoor
      title="Make the first admin"
      text="You are the first here. You can do everything, and let others in."
    >
      {link.isError ? <ProblemNote problem={problemOf(link.error)} /> : <FirstAdminForm secret={secret} />}
    </FrontDoor>
  )
}

function FirstAdminForm({ secret }: { secret: string }) {
  const { trpc, queryClient } = Route.useRouteContext()
  const router = useRouter()
  const chosen = useTypedTwice()
  const setUp = useMutation(
    trpc.session.setUp.mutationOptions({
      async onSuccess() {
        queryClient.clear()
        await router.navigate({ to: '/', replace: true })
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const password = chosen.read(form)
    if (password !== undefined) setUp.mutate({ secret, name: text('name'), email: text('email'), password })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <Field label="Name" name="name" autoComplete="name" required maxLength={100} />
      <Field label="Email address" name="email" type="email" autoComplete="username" required />
      <TypedTwiceFields label="Password" {...chosen.fields} />
      {setUp.isError && <ProblemNote problem={problemOf(setUp.error)} />}
      <Button type="submit" variant="primary" size="large" disabled={setUp.isPending}>
        {setUp.isPending ? 'Making …' : 'Become the admin'}
      </Button>
    </form>
  )
}
