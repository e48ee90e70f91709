import { type ComponentProps, useId } from 'react'
import { cn } from './cn'
import { inputClasses } from './field'

type SelectFieldProps = Omit<ComponentProps<'select'>, 'children'> & {
  label: React.ReactNode
  hint?: React.ReactNode
  problem?: string | undefined
  options: readonly { value: string; word: string }[]
}

/** One of a few, with what is wrong with it said below. */
export function SelectField({ label, hint, problem, options, className, ...props }: SelectFieldProps) {
  const id = useId()
  const note = problem ?? hint
  return (
    <div className={cn('grid content-start gap-1.5', className)}>
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <select
        id={id}
        className={inputClasses}
        aria-invalid={problem !== undefined || undefined}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        {...props}
      >
        {options.map(({ value, word }) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
      {note !== undefined && (
        <p id={`${id}-note`} className={problem === undefined ? 'text-muted' : 'text-bad'}>
          {note}
        </p>
      )}
    </div>
  )
}
