import { useEffect, useState } from 'react'
import type { Outputs } from '~/client/client'
import { cn } from '../ui/cn'
import { inputClasses } from '../ui/field'

/** What is looked for, as the address of the screen has it: days, where the server takes times. */
export interface AuditSearch {
  actor?: string | undefined
  action?: string | undefined
  outcome?: 'done' | 'denied' | 'failed' | undefined
  text?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** Days of whoever looks, as times; the last day counts whole. */
export function timesOf({ from, to, ...rest }: AuditSearch) {
  const next = to === undefined ? undefined : new Date(`${to}T00:00:00`)
  next?.setDate(next.getDate() + 1)
  return {
    ...rest,
    from: from === undefined ? undefined : new Date(`${from}T00:00:00`).toISOString(),
    to: next?.toISOString(),
  }
}

const outcomes = ['done', 'denied', 'failed'] as const
const typingMs = 300

export function AuditFilters(props: {
  filter: AuditSearch
  known: Outputs['audit']['known']
  onFilter: (changes: Partial<AuditSearch>) => void
}) {
  const { filter, known, onFilter } = props
  const small = cn(inputClasses, 'h-8 min-w-0 flex-1 basis-36')
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-4 py-3">
      <TextFilter value={filter.text} onChange={(text) => onFilter({ text })} className={small} />
      <Choice
        label="who"
        all="Anybody"
        className={small}
        values={known.actors}
        value={filter.actor}
        onChange={(actor) => onFilter({ actor })}
      />
      <Choice
        label="action"
        all="Any action"
        className={small}
        values={known.actions}
        value={filter.action}
        onChange={(action) => onFilter({ action })}
      />
      <Choice
        label="outcome"
        all="Any outcome"
        className={small}
        values={outcomes}
        value={filter.outcome}
        onChange={(outcome) => onFilter({ outcome: outcomes.find((one) => one === outcome) })}
      />
      <label className="flex min-w-0 flex-1 basis-48 items-center gap-2 text-muted">
        From
        <input
          type="date"
          className={small}
          value={filter.from ?? ''}
          onChange={({ currentTarget }) => onFilter({ from: currentTarget.value || undefined })}
        />
      </label>
      <label className="flex min-w-0 flex-1 basis-48 items-center gap-2 text-muted">
        to
        <input
          type="date"
          className={small}
          value={filter.to ?? ''}
          onChange={({ currentTarget }) => onFilter({ to: currentTarget.value || undefined })}
        />
      </label>
    </div>
  )
}

/** Asks when somebody has stopped typing. */
function TextFilter(props: {
  value: string | undefined
  className: string
  onChange: (text: string | undefined) => void
}) {
  const { value, className, onChange } = props
  const [text, setText] = useState(value ?? '')
  useEffect(() => {
    if (text === (value ?? '')) return
    const timer = setTimeout(() => onChange(text || undefined), typingMs)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  return (
    <input
      type="search"
      aria-label="Project, person or address"
      placeholder="Look for …"
      className={cn(className, 'basis-44')}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
    />
  )
}

function Choice(props: {
  label: string
  all: string
  className: string
  values: readonly string[]
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const { label, all, className, values, value, onChange } = props
  return (
    <select
      aria-label={`Filter by ${label}`}
      className={className}
      value={value ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    >
      <option value="">{all}</option>
      {values.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  )
}
