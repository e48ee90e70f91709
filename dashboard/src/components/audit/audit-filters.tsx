import type { Outputs } from '~/client/client'
import { ChoiceFilter, filterClasses, TextFilter } from '../forms/filters'
import { cn } from '../ui/cn'

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

const wide = 'min-w-0 flex-1 basis-36'

function withAny(any: string, values: readonly string[]) {
  return [['', any] as const, ...values.map((one) => [one, one] as const)]
}

export function AuditFilters(props: {
  filter: AuditSearch
  known: Outputs['audit']['known']
  onFilter: (changes: Partial<AuditSearch>) => void
}) {
  const { filter, known, onFilter } = props
  return (
    <div className="flex flex-wrap items-center gap-2 border-b px-4 py-3">
      <TextFilter
        label="Project, person or address"
        placeholder="Look for …"
        text={filter.text}
        className={cn(wide, 'basis-44')}
        onText={(text) => onFilter({ text })}
      />
      <ChoiceFilter
        label="Filter by who"
        className={wide}
        options={withAny('Anybody', known.actors)}
        value={filter.actor}
        onChange={(actor) => onFilter({ actor })}
      />
      <ChoiceFilter
        label="Filter by action"
        className={wide}
        options={withAny('Any action', known.actions)}
        value={filter.action}
        onChange={(action) => onFilter({ action })}
      />
      <ChoiceFilter
        label="Filter by outcome"
        className={wide}
        options={withAny('Any outcome', outcomes)}
        value={filter.outcome}
        onChange={(outcome) => onFilter({ outcome: outcomes.find((one) => one === outcome) })}
      />
      <label className="flex min-w-0 flex-1 basis-48 items-center gap-2 text-muted">
        From
        <input
          type="date"
          className={cn(filterClasses, wide)}
          value={filter.from ?? ''}
          onChange={({ currentTarget }) => onFilter({ from: currentTarget.value || undefined })}
        />
      </label>
      <label className="flex min-w-0 flex-1 basis-48 items-center gap-2 text-muted">
        to
        <input
          type="date"
          className={cn(filterClasses, wide)}
          value={filter.to ?? ''}
          onChange={({ currentTarget }) => onFilter({ to: currentTarget.value || undefined })}
        />
      </label>
    </div>
  )
}
