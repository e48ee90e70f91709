import { type ComponentProps, useId } from 'react'
import { cn } from './cn'

export const inputClasses =
  'h-9 w-full rounded-md border border-line-strong bg-surface px-3 placeholder:text-muted aria-invalid:border-bad'

type FieldProps = ComponentProps<'input'> & {
  label: string
  hint?: React.ReactNode
  problem?: string | undefined
}

/** One line of a form, with what is wrong with it said below. */
export function Field({ label, hint, problem, className, ...props }: FieldProps) {
  const id = useId()
  const note = problem ?? hint
  return (
    <div className={cn('grid content-start gap-1.5', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <input
        id={id}
        className={inputClasses}
        aria-invalid={problem !== undefined || undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        {...props}
      />
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? 'text-muted' : 'text-bad'}>
          {note}
        </p>
      )}
    </div>
  )
}

/** A choice of a form. */
export function Select({
  label,
  children,
  className,
  ...props
}: ComponentProps<'select'> & { label: string }) {
  const id = useId()
  return (
    <div className={cn('grid gap-1.5', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <select id={id} className={inputClasses} {...props}>
        {children}
      </select>
    </div>
  )
}

export function Checkbox({
  label,
  hint,
  ...props
}: ComponentProps<'input'> & { label: string; hint?: string | undefined }) {
  const id = useId()
  return (
    <div className="flex gap-2.5">
      <input
        id={id}
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...props}
      />
      <div>
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
