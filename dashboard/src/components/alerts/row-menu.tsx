import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../ui/menu'

/** What an admin does with a rule or a channel. */
export function RowMenu(props: { name: string; onEdit: () => void; onRemove: () => void }) {
  const { name, onEdit, onRemove } = props
  const [isRemoving, setRemoving] = useState(false)
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon" className="-my-0.5" aria-label={`What to do with ${name}`}>
            <Ellipsis />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={onEdit}>Change …</MenuItem>
          <MenuItem onSelect={() => setRemoving(true)}>Remove …</MenuItem>
        </MenuContent>
      </Menu>
      <Dialog isOpen={isRemoving} onClose={() => setRemoving(false)} title={`Remove ${name}?`}>
        <DialogButtons>
          <Button onClick={() => setRemoving(false)}>Keep it</Button>
          <Button
            variant="danger"
            onClick={() => {
              setRemoving(false)
              onRemove()
            }}
          >
            Remove
          </Button>
        </DialogButtons>
      </Dialog>
    </>
  )
}
