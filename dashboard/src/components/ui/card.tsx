import type { ComponentProps } from 'react'
import { cn } from './cn'

export function Card({ className, ...props }: ComponentProps<'section'>) {
  return <section className={cn('rounded-lg border bg-surface', className)} {...props} />
}

/** A card's title, with what belongs to its right. */
export function CardHead({
  title,
  children,
  id,
}: {
  title: string
  children?: React.ReactNode
  id?: string
}) {
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2 last:border-b-0">
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      <div className="ml-auto flex flex-wrap items-center gap-2 has-[select]:max-sm:w-full">{children}</div>
    </div>
  )
}
