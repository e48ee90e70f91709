import { useEffect, useEffectEvent, useState } from 'react'
import { cn } from '../ui/cn'
import { inputClasses } from '../ui/field'

export const filterClasses = cn(inputClasses, 'h-8')

const restMs = 250

/** What is typed is in the field at once, and told when the typing rests: it stands in the address, and rows are drawn anew. */
export function TextFilter(props: {
  label: string
  placeholder: string
  text: string | undefined
  className: string
  onText: (text: string | undefined) => void
}) {
  const { label, placeholder, text = '', className, onText } = props
  const [typed, setTyped] = useState(text)
  const [given, setGiven] = useState(text)
  // It was changed from elsewhere, as by "Show all" or the browser's way back.
  if (given !== text) {
    setGiven(text)
    setTyped(text)
  }
  const tell = useEffectEvent(() => onText(typed || undefined))
  useEffect(() => {
    if (typed === given) return
    const timer = setTimeout(() => tell(), restMs)
    return () => clearTimeout(timer)
  }, [typed, given])
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      className={cn(filterClasses, className)}
      value={typed}
      onChange={({ currentTarget }) => setTyped(currentTarget.value)}
    />
  )
}

/** One of some, or with the first, whose value is empty, any. */
export function ChoiceFilter(props: {
  label: string
  value: string | undefined
  options: readonly (readonly [value: string, word: string])[]
  className: string
  onChange: (value: string | undefined) => void
}) {
  const { label, value = '', options, className, onChange } = props
  return (
    <select
      aria-label={label}
      className={cn(filterClasses, className)}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    >
      {/* What an old link asks for may be gone. */}
      {!options.some(([known]) => known === value) && <option value={value}>{value}</option>}
      {options.map(([known, word]) => (
        <option key={known} value={known}>
          {word}
        </option>
      ))}
    </select>
  )
}
