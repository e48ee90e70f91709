import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'

/** A dialog in which something that has a name is made, or changed. */
export function EditDialog(props: {
  /** What it is: `rule`. */
  noun: string
  /** What is changed; undefined where it is new. */
  edited: { name: string } | undefined
  description: string
  onClose: () => void
  children: React.ReactNode
}) {
  const { noun, edited, ...rest } = props
  return <Dialog isOpen title={edited === undefined ? `New ${noun}` : `Change ${edited.name}`} {...rest} />
}

/** What is typed, and a function that changes some of it. @param begin what it is at first */
export function useDraft<Draft>(begin: () => Draft) {
  const [draft, setDraft] = useState(begin)
  return { draft, change: (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes })) }
}

/** The end of such a form: what went wrong, and its buttons. */
export function EditEnd(props: { noun: string; save: Saving; onClose: () => void }) {
  const { noun, save, onClose } = props
  return (
    <>
      {save.error !== null && <ProblemNote problem={problemOf(save.error)} />}
      <DialogButtons>
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" variant="primary" disabled={save.isPending}>
          {save.isPending ? 'Saving …' : `Save the ${noun}`}
        </Button>
      </DialogButtons>
    </>
  )
}

interface Saving {
  error: Parameters<typeof problemOf>[0] | null
  isPending: boolean
}
