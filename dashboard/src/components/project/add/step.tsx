import { useId } from 'react'
import { Card } from '../../ui/card'

/** A numbered part of a long form. */
export function Step(props: {
  number: number
  title: string
  hint?: string
  /** What is in it goes to the edges. */
  isFlush?: boolean
  children: React.ReactNode
}) {
  const { number, title, hint, isFlush = false, children } = props
  const id = useId()
  return (
    <Card aria-labelledby={id}>
      <div className="flex flex-wrap items-baseline gap-x-3 border-b px-4 py-3">
        <span aria-hidden className="numeric text-muted">
          {number}
        </span>
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        {hint !== undefined && <span className="text-muted">{hint}</span>}
      </div>
      <div className={isFlush ? '' : 'stack gap-5 p-4'}>{children}</div>
    </Card>
  )
}
