import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Dialog, DialogButtons } from '../../ui/dialog'
import { Field } from '../../ui/field'
import type { RemovedProject } from './removed-project'

/** Asks for the name once more: with the sealed passphrase goes what archives are read with. */
export function DropDialog({ project, onClose }: { project: RemovedProject; onClose: () => void }) {
  const { id, name, secrets } = project
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [typed, setTyped] = useState('')
  const drop = useMutation(
    trpc.projects.dropRemoved.mutationOptions({
      async onSuccess() {
        await queryClient.invalidateQueries({ queryKey: trpc.projects.removed.queryKey() })
        onClose()
      },
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    drop.mutate({ removedId: id, typed })
  }
  return (
    <Dialog isOpen onClose={onClose} title={`Let go of ${name} for good`}>
      <form onSubmit={submit} className="stack gap-4">
        {secrets.length === 0 ? (
          <p>It does not stand here any more. Its env file and its archives stay where they are.</p>
        ) : (
          <p>
            Its sealed secrets go: {secrets.join(', ')}. Nobody can get them back from here
            {secrets.includes('BORG_PASSPHRASE') &&
              ', and without the passphrase nobody reads its archives any more'}
            . Its env file and its archives stay where they are.
          </p>
        )}
        <Field
          label={`Type ${name} to confirm`}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        {drop.isError && <ProblemNote problem={problemOf(drop.error)} />}
        <DialogButtons>
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" variant="danger" disabled={typed.trim() !== name || drop.isPending}>
            {drop.isPending ? 'Letting go …' : 'Let go'}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}
