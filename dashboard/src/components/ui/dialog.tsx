import { X } from 'lucide-react'
import { Dialog as Primitive } from 'radix-ui'
import { Button } from './button'

/** A question over the page; Escape and a click beside it close it, unless it says that it stays. */
export function Dialog(props: {
  isOpen: boolean
  onClose: () => void
  title: string
  description?: React.ReactNode
  stays?: boolean
  children: React.ReactNode
}) {
  const { isOpen, onClose, title, description, stays = false, children } = props
  const keep = (event: Event) => stays && event.preventDefault()
  return (
    <Primitive.Root open={isOpen} onOpenChange={(open) => !open && !stays && onClose()}>
      <Primitive.Portal>
        <Primitive.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Primitive.Content
          onEscapeKeyDown={keep}
          onInteractOutside={keep}
          className="fixed top-[10dvh] left-1/2 z-50 grid max-h-[85dvh] w-[min(30rem,calc(100vw-1.5rem))] -translate-x-1/2 gap-4 overflow-y-auto rounded-xl border bg-raised p-5 shadow-xl"
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="grid gap-1 pr-8">
            <Primitive.Title className="font-semibold text-base">{title}</Primitive.Title>
            {description !== undefined && (
              <Primitive.Description asChild>
                <div className="text-muted">{description}</div>
              </Primitive.Description>
            )}
          </div>
          {!stays && (
            <Primitive.Close asChild>
              <Button variant="ghost" size="icon" className="absolute top-3 right-3" aria-label="Close">
                <X />
              </Button>
            </Primitive.Close>
          )}
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

/** The buttons at a dialog's end; on a phone the main one comes first. */
export function DialogButtons({ children }: { children: React.ReactNode }) {
  return <div className="flex flex-col-reverse gap-2 pt-1 sm:flex-row sm:justify-end">{children}</div>
}
