import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Field } from '../ui/field'
import { LinkNote } from './link-note'
import { type Group, type Rights, RightsFields } from './rights-fields'

/** Lets somebody in: they choose their password by a link. */
export function AddUser({ groups, onClose }: { groups: Group[]; onClose: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [rights, setRights] = useState<Rights>({ role: 'viewer', groups: null })
  const create = useMutation(
    trpc.users.create.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.users.list.queryKey() }),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    create.mutate({ email: String(data.get('email')), name: String(data.get('name')), ...rights })
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={create.isSuccess ? 'The user is there' : 'Add a user'}
      stays={create.isSuccess}
    >
      {create.isSuccess ? (
        <LinkNote email={create.variables.email} link={create.data} onDone={onClose} />
      ) : (
        <form onSubmit={submit} className="stack gap-4">
          <Field label="Name" name="name" autoComplete="off" required maxLength={100} />
          <Field label="Email address" name="email" type="email" autoComplete="off" required />
          <RightsFields rights={rights} groups={groups} onChange={setRights} />
          {create.isError && <ProblemNote problem={problemOf(create.error)} />}
          <DialogButtons>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="primary" disabled={create.isPending}>
              {create.isPending ? 'Adding …' : 'Add the user'}
            </Button>
          </DialogButtons>
        </form>
      )}
    </Dialog>
  )
}
