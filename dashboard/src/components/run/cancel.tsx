import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Square } from 'lucide-react'
import { useState } from 'react'
import { kindWord } from '~/client/kind-words'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import type { RunDetails } from './details'

/** Asks a run to end, after a question. */
export function CancelButton({ run }: { run: RunDetails }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [isOpen, setOpen] = useState(false)
  const { projectId, runId, kind, state } = run
  const cancel = useMutation(
    trpc.runs.cancel.mutationOptions({
      async onSuccess() {
        setOpen(false)
        await queryClient.invalidateQueries({ queryKey: trpc.runs.get.queryKey({ projectId, runId }) })
      },
    }),
  )
  return (
    <>
      <Button variant="danger" disabled={state === 'cancelling'} onClick={() => setOpen(true)}>
        <Square />
        {state === 'cancelling' ? 'Cancelling …' : 'Cancel'}
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={`Cancel this ${kindWord(kind)}?`}
        description={
          kind === 'restore'
            ? 'Before its transaction is committed the target stays as it was. After that the report says what is left to be done.'
            : 'It tidies up and reports. The backups that were there before stay as they are.'
        }
      >
        {cancel.isError && <ProblemNote problem={problemOf(cancel.error)} />}
        <DialogButtons>
          <Button onClick={() => setOpen(false)}>Let it go on</Button>
          <Button
            variant="danger"
            disabled={cancel.isPending}
            onClick={() => cancel.mutate({ projectId, runId })}
          >
            Cancel the {kindWord(kind)}
          </Button>
        </DialogButtons>
      </Dialog>
    </>
  )
}
