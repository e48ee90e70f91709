import { DropdownMenu } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cn } from './cn'

export const Menu = DropdownMenu.Root
export const MenuTrigger = DropdownMenu.Trigger
export const MenuGroup = DropdownMenu.RadioGroup

export function MenuContent({ className, ...props }: ComponentProps<typeof DropdownMenu.Content>) {
  return (
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="end"
        sideOffset={6}
        className={cn('z-50 min-w-48 rounded-lg border bg-raised p-1 shadow-lg', className)}
        {...props}
      />
    </DropdownMenu.Portal>
  )
}

const itemClasses =
  'flex w-full cursor-pointer select-none items-center gap-2 rounded-md px-2 py-1.5 outline-none data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:text-muted'

export function MenuItem({ className, ...props }: ComponentProps<typeof DropdownMenu.Item>) {
  return <DropdownMenu.Item className={cn(itemClasses, className)} {...props} />
}

export function MenuChoice({ className, children, ...props }: ComponentProps<typeof DropdownMenu.RadioItem>) {
  return (
    <DropdownMenu.RadioItem
      className={cn(itemClasses, 'pl-7 data-[state=checked]:font-medium', className)}
      {...props}
    >
      <DropdownMenu.ItemIndicator className="absolute left-3">•</DropdownMenu.ItemIndicator>
      {children}
    </DropdownMenu.RadioItem>
  )
}

export function MenuLabel(props: ComponentProps<typeof DropdownMenu.Label>) {
  return <DropdownMenu.Label className="px-2 py-1.5 text-muted" {...props} />
}

export function MenuLine() {
  return <DropdownMenu.Separator className="my-1 h-px bg-line" />
}
