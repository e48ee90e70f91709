import { exactTime } from '~/client/time'
import { Button } from '../ui/button'
import { Code } from '../ui/copy'
import { DialogButtons } from '../ui/dialog'

/** A one-time link, which is shown now and never again. */
export function LinkNote(props: {
  email: string
  link: { secret: string; expiresAt: string }
  onDone: () => void
}) {
  const { email, link, onDone } = props
  return (
    <div className="stack gap-4">
      <p>
        Send this link to {email}. It lets them choose a password, once, until {exactTime(link.expiresAt)}; it
        is not shown again.
      </p>
      <Code text={`${window.location.origin}/new-password#${link.secret}`} />
      <DialogButtons>
        <Button variant="primary" onClick={onDone}>
          Done
        </Button>
      </DialogButtons>
    </div>
  )
}
