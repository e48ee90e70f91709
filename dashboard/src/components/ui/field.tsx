import { type ComponentProps, useId } from 'react'
import { cn } from './cn'

export const inputClasses =
  'h-9 w-full rounded-md border border-line-strong bg-surface px-3 placeholder:text-muted aria-invalid:border-bad'

/** What every question of a form has: its words, and below it what is wrong, or else a hint. */
export interface FieldWords {
  label: React.ReactNode
  hint?: React.ReactNode
  problem?: string | undefined
}

interface FieldFrameProps extends FieldWords {
  className?: string | undefined
  /** The control, to which these attributes tie the words. */
  children: (tied: {
    id: string
    className: string
    'aria-invalid': true | undefined
    'aria-describedby': string | undefined
  }) => React.ReactNode
}

function FieldFrame({ label, hint, problem, className, children }: FieldFrameProps) {
  const id = useId()
  const note = problem ?? hint
  return (
    <div className={cn('grid content-start gap-1.5', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        className: inputClasses,
        'aria-invalid': problem !== undefined || undefined,
        'aria-describedby': note === undefined ? undefined : `${id}-note`,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? 'text-muted' : 'text-bad'}>
          {note}
        </p>
      )}
    </div>
  )
}

/** One line of a form. */
export function Field({ label, hint, problem, className, ...props }: ComponentProps<'input'> & FieldWords) {
  return (
    <FieldFrame {...{ label, hint, problem, className }}>
      {(tied) => <input {...tied} {...props} />}
    </FieldFrame>
  )
}

/** A choice of a form, of its options. */
export function Select({ label, hint, problem, className, ...props }: ComponentProps<'select'> & FieldWords) {
  return (
    <FieldFrame {...{ label, hint, problem, className }}>
      {(tied) => <select {...tied} {...props} />}
    </FieldFrame>
  )
}

/** A box or a knob with its words beside it, and below them what it means. */
export function Tick({
  label,
  hint,
  className,
  ...props
}: ComponentProps<'input'> & { label: string; hint?: React.ReactNode }) {
  const id = useId()
  return (
    <div className={cn('flex gap-2.5', className)}>
      <input
        id={id}
        className="mt-0.5 size-4 shrink-0 accent-accent"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...props}
      />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-muted">
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}

export function Checkbox(props: Omit<ComponentProps<typeof Tick>, 'type'>) {
  return <Tick type="checkbox" {...props} />
}
