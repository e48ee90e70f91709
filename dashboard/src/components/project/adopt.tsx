import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Field } from '../ui/field'

/** Takes in an env file that lies elsewhere than the scripts look for them. */
export function AdoptDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Adopt an env file"
      description="Projects in ~/.config/supabase-backup are here already. One that lies elsewhere is read where it is, and stays there."
    >
      <AdoptForm onClose={onClose} />
    </Dialog>
  )
}

function AdoptForm({ onClose }: { onClose: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const adopt = useMutation(
    trpc.projects.adopt.mutationOptions({
      async onSuccess({ id }) {
        await queryClient.invalidateQueries({ queryKey: trpc.projects.list.queryKey() })
        onClose()
        await navigate({ to: '/projects/$projectId', params: { projectId: id } })
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    adopt.mutate({ envFile: String(new FormData(event.currentTarget).get('envFile') ?? '') })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <Field
        label="Path of the env file"
        name="envFile"
        placeholder="/home/you/shop.env"
        hint="On the machine that the dashboard runs on."
        autoComplete="off"
        spellCheck={false}
        required
      />
      {adopt.isError && <ProblemNote problem={problemOf(adopt.error)} />}
      <DialogButtons>
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" variant="primary" disabled={adopt.isPending}>
          {adopt.isPending ? 'Reading …' : 'Adopt'}
        </Button>
      </DialogButtons>
    </form>
  )
}
