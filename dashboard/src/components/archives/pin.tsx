import { Pin, PinOff } from 'lucide-react'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Field } from '../ui/field'
import { useStart } from './use-start'

interface About {
  projectId: string
  archive: string
}

/** That retention leaves an archive alone, and why. */
export function Pinned({ reason }: { reason: string }) {
  return (
    <span className="inline-flex items-center gap-1 [overflow-wrap:anywhere]">
      <Pin aria-hidden className="size-4 shrink-0" />
      {reason === '' ? 'pinned' : `pinned: ${reason}`}
    </span>
  )
}

/** Keeps an archive from retention. */
export function PinButton({ projectId, archive }: About) {
  const [isOpen, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const start = useStart(projectId)
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Pin />
        Pin
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title="Pin this archive"
        description="Retention keeps it, and nobody can delete it, until an admin unpins it. The pin stands in the repository, so it holds on every machine."
      >
        <form
          className="stack gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            const options = { kind: 'pin', archive, reason: reason.trim() || undefined } as const
            start.mutate({ projectId, options })
          }}
        >
          <Field
            label="Why"
            hint="Shown with the archive, to everybody who sees the project."
            value={reason}
            maxLength={200}
            autoComplete="off"
            onChange={({ target }) => setReason(target.value)}
          />
          {start.isError && <ProblemNote problem={problemOf(start.error)} />}
          <DialogButtons>
            <Button onClick={() => setOpen(false)}>Leave it</Button>
            <Button type="submit" variant="primary" disabled={start.isPending}>
              Pin it
            </Button>
          </DialogButtons>
        </form>
      </Dialog>
    </>
  )
}

/** Leaves it to retention again. */
export function UnpinButton({ projectId, archive }: About) {
  const [isOpen, setOpen] = useState(false)
  const start = useStart(projectId)
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <PinOff />
        Unpin
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title="Unpin this archive"
        description="From then on retention decides about it: the next backup may delete it."
      >
        {start.isError && <ProblemNote problem={problemOf(start.error)} />}
        <DialogButtons>
          <Button onClick={() => setOpen(false)}>Leave it pinned</Button>
          <Button
            variant="danger"
            disabled={start.isPending}
            onClick={() => start.mutate({ projectId, options: { kind: 'unpin', archive } })}
          >
            Unpin it
          </Button>
        </DialogButtons>
      </Dialog>
    </>
  )
}
