import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Field } from '../ui/field'
import { LinkNote } from './link-note'
import { type Group, RightsFields } from './rights-fields'

export type User = Outputs['users']['list']['users'][number]

/** What an admin changes of somebody. */
export function EditUser(props: { user: User; groups: Group[]; isOneself: boolean; onClose: () => void }) {
  const { user, groups, isOneself, onClose } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [rights, setRights] = useState({ role: user.role, groups: user.groups })
  const again = () => queryClient.invalidateQueries({ queryKey: trpc.users.pathKey() })
  const change = useMutation(
    trpc.users.change.mutationOptions({
      async onSuccess() {
        await again()
        onClose()
      },
    }),
  )
  const link = useMutation(trpc.users.resetLink.mutationOptions())
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name'))
    change.mutate({ userId: user.id, changes: { name, ...rights } })
  }
  return (
    <Dialog isOpen onClose={onClose} title={user.name} description={user.email} stays={link.isSuccess}>
      {link.isSuccess ? (
        <LinkNote email={user.email} link={link.data} onDone={onClose} />
      ) : (
        <div className="stack gap-5">
          <form onSubmit={submit} className="stack gap-4">
            <Field
              label="Name"
              name="name"
              defaultValue={user.name}
              required
              maxLength={100}
              autoComplete="off"
            />
            <RightsFields rights={rights} groups={groups} onChange={setRights} />
            {change.isError && <ProblemNote problem={problemOf(change.error)} />}
            <DialogButtons>
              <Button type="submit" variant="primary" disabled={change.isPending}>
                {change.isPending ? 'Keeping …' : 'Keep the changes'}
              </Button>
            </DialogButtons>
          </form>
          <UserActions user={user} isOneself={isOneself} onLink={() => link.mutate({ userId: user.id })} />
          {link.isError && <ProblemNote problem={problemOf(link.error)} />}
        </div>
      )}
    </Dialog>
  )
}

function UserActions({ user, isOneself, onLink }: { user: User; isOneself: boolean; onLink: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const onSuccess = () => queryClient.invalidateQueries({ queryKey: trpc.users.pathKey() })
  const sessions = useQuery(trpc.users.sessions.queryOptions({ userId: user.id }))
  const end = useMutation(trpc.users.endSessions.mutationOptions({ onSuccess }))
  const removeTotp = useMutation(trpc.users.removeTotp.mutationOptions({ onSuccess }))
  const deactivate = useMutation(trpc.users.deactivate.mutationOptions({ onSuccess }))
  const activate = useMutation(trpc.users.activate.mutationOptions({ onSuccess }))
  const problem = end.error ?? removeTotp.error ?? deactivate.error ?? activate.error
  const about = { userId: user.id }
  return (
    <div className="stack gap-3 border-t pt-4">
      {(sessions.data ?? []).map(({ id, address, lastSeenAt }) => (
        <p key={id} className="flex flex-wrap items-center gap-2 text-muted">
          Signed in from {address || 'an unknown address'}, used <Ago time={lastSeenAt} />
          <Button
            size="small"
            className="ml-auto"
            aria-label={`End the session from ${address}`}
            onClick={() => end.mutate({ ...about, sessionId: id })}
          >
            End
          </Button>
        </p>
      ))}
      <div className="flex flex-wrap gap-2">
        <Button onClick={onLink}>Make a link for a new password</Button>
        {(sessions.data ?? []).length > 1 && (
          <Button disabled={end.isPending} onClick={() => end.mutate(about)}>
            End {plural(sessions.data?.length ?? 0, 'session')}
          </Button>
        )}
        {user.hasTotp && (
          <Button disabled={removeTotp.isPending} onClick={() => removeTotp.mutate(about)}>
            Take away the second factor
          </Button>
        )}
        {user.deactivatedAt !== null ? (
          <Button disabled={activate.isPending} onClick={() => activate.mutate(about)}>
            Let them in again
          </Button>
        ) : (
          !isOneself && (
            <Button variant="danger" disabled={deactivate.isPending} onClick={() => deactivate.mutate(about)}>
              Deactivate
            </Button>
          )
        )}
      </div>
      {problem !== null && <ProblemNote problem={problemOf(problem)} />}
    </div>
  )
}
