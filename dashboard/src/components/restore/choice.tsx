import { useId } from 'react'

/** One of several, with what it means below. */
export function Choice(props: {
  name: string
  label: string
  hint?: React.ReactNode
  isChosen: boolean
  disabled?: boolean
  onChoose: () => void
}) {
  const id = useId()
  const { name, label, hint, isChosen, disabled = false, onChoose } = props
  return (
    <div className="flex gap-2.5 px-4 py-2.5">
      <input
        id={id}
        type="radio"
        name={name}
        checked={isChosen}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="mt-0.5 size-4 shrink-0 accent-accent"
        onChange={onChoose}
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
