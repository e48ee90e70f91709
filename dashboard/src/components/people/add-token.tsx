import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Code } from '../ui/copy'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Field } from '../ui/field'
import { SelectField } from '../ui/select-field'
import { type Group, type Rights, RightsFields } from './rights-fields'

const lives = [
  { value: '30', word: '30 days' },
  { value: '90', word: '90 days' },
  { value: '366', word: 'A year' },
  { value: '', word: 'Does not expire' },
] as const

/** Makes a token, and shows it once. */
export function AddToken({ groups, onClose }: { groups: Group[]; onClose: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [rights, setRights] = useState<Rights>({ role: 'viewer', groups: null })
  const create = useMutation(
    trpc.tokens.create.mutationOptions({
      // It is shown once: nothing is to keep it.
      gcTime: 0,
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.tokens.list.queryKey() }),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const days = String(data.get('days'))
    create.mutate({ name: String(data.get('name')), days: days === '' ? null : Number(days), ...rights })
  }
  if (create.isSuccess)
    return (
      <Dialog
        isOpen
        stays
        onClose={onClose}
        title="The token, once"
        description="It is kept nowhere and not shown again."
      >
        <Code text={create.data.token} />
        <DialogButtons>
          <Button variant="primary" onClick={onClose}>
            I have it
          </Button>
        </DialogButtons>
      </Dialog>
    )
  return (
    <Dialog isOpen onClose={onClose} title="Make a token">
      <form onSubmit={submit} className="stack gap-4">
        <Field
          label="Name"
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          hint="Which program has it."
        />
        <RightsFields rights={rights} groups={groups} onChange={setRights} />
        <SelectField label="Good for" name="days" options={lives} defaultValue="90" />
        {create.isError && <ProblemNote problem={problemOf(create.error)} />}
        <DialogButtons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={create.isPending}>
            {create.isPending ? 'Making …' : 'Make the token'}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
