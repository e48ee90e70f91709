import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Checkbox, Field } from '../ui/field'
import { SelectField } from '../ui/select-field'
import type { RuleDraft } from './rule-draft'
import { eventWords, type Rule } from './words'

interface DraftProps {
  draft: RuleDraft
  change: (changes: Partial<RuleDraft>) => void
}

const events: readonly Rule['events'][number][] = [
  'failed',
  'degraded',
  'overdue',
  'drill-failed',
  'growth',
  'shrink',
  'disk',
]
const zones = Intl.supportedValuesOf('timeZone')

/** Some of a few. */
export function ChoiceFields<Value extends string>(props: {
  legend: string
  options: readonly { value: Value; word: string; hint?: string }[]
  chosen: readonly Value[]
  onChoose: (chosen: Value[]) => void
  className?: string
}) {
  const { legend, options, chosen, onChoose, className = 'grid gap-2' } = props
  const toggled = (value: Value) =>
    chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]
  return (
    <fieldset>
      <legend className="mb-2 font-medium">{legend}</legend>
      <div className={className}>
        {options.map(({ value, word, hint }) => (
          <Checkbox
            key={value}
            label={word}
            hint={hint}
            checked={chosen.includes(value)}
            onChange={() => onChoose(toggled(value))}
          />
        ))}
      </div>
    </fieldset>
  )
}

/** What is told of, and from when on. */
export function EventFields({ draft, change }: DraftProps) {
  const has = (...wanted: typeof events) => draft.events.some((event) => wanted.includes(event))
  return (
    <>
      <ChoiceFields
        legend="What is told"
        className="grid grid-cols-2 gap-2"
        options={events.map((value) => ({ value, word: capital(eventWords[value]) }))}
        chosen={draft.events}
        onChoose={(chosen) => change({ events: events.filter((event) => chosen.includes(event)) })}
      />
      {has('growth', 'shrink') && (
        <Field
          label="Growth or shrink by more than, per cent"
          type="number"
          min={1}
          value={draft.changePercent}
          onChange={({ currentTarget }) => change({ changePercent: currentTarget.value })}
          hint="Of the newest archive against those before it on average."
          required
        />
      )}
      {has('disk') && (
        <Field
          label="Disk with less free than, per cent"
          type="number"
          min={1}
          max={99}
          value={draft.freePercent}
          onChange={({ currentTarget }) => change({ freePercent: currentTarget.value })}
          required
        />
      )}
    </>
  )
}

/** Of which projects. */
export function ScopeFields({
  scope,
  onScope,
}: {
  scope: Rule['scope']
  onScope: (scope: Rule['scope']) => void
}) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: projects = [] } = useQuery(trpc.projects.list.queryOptions())
  const groups = [...new Set(projects.flatMap((project) => project.groups))].toSorted()
  const optionsOf = (words: readonly { value: string; word: string }[], kept: string) =>
    words.some(({ value }) => value === kept) ? words : [{ value: kept, word: kept }, ...words]
  const choose = (type: string) => {
    if (type === 'group') onScope({ type, group: groups[0] ?? '' })
    else if (type === 'project') onScope({ type, project: projects[0]?.id ?? '' })
    else onScope({ type: 'all' })
  }
  return (
    <>
      <SelectField
        label="Of which projects"
        value={scope.type}
        options={[
          { value: 'all', word: 'All' },
          ...(groups.length > 0 || scope.type === 'group' ? [{ value: 'group', word: 'A group' }] : []),
          { value: 'project', word: 'One' },
        ]}
        onChange={({ currentTarget }) => choose(currentTarget.value)}
      />
      {scope.type === 'group' && (
        <SelectField
          label="Group"
          value={scope.group}
          options={optionsOf(
            groups.map((group) => ({ value: group, word: group })),
            scope.group,
          )}
          onChange={({ currentTarget }) => onScope({ type: 'group', group: currentTarget.value })}
        />
      )}
      {scope.type === 'project' && (
        <SelectField
          label="Project"
          value={scope.project}
          options={optionsOf(
            projects.map(({ id, name }) => ({ value: id, word: name })),
            scope.project,
          )}
          onChange={({ currentTarget }) => onScope({ type: 'project', project: currentTarget.value })}
        />
      )}
    </>
  )
}

/** How often, and when not. */
export function WhenFields({ draft, change }: DraftProps) {
  const { quietFrom, quietTo, timeZone } = draft
  return (
    <>
      <Field
        label="Told again after hours"
        type="number"
        min={1}
        max={720}
        value={draft.repeatHours}
        onChange={({ currentTarget }) => change({ repeatHours: currentTarget.value })}
        hint="Until somebody acknowledges it. Empty: it is told once."
      />
      <div className="grid grid-cols-2 gap-3">
        <Field
          label="Quiet from"
          type="time"
          value={quietFrom}
          onChange={({ currentTarget }) => change({ quietFrom: currentTarget.value })}
          required={quietTo !== ''}
        />
        <Field
          label="to"
          type="time"
          value={quietTo}
          onChange={({ currentTarget }) => change({ quietTo: currentTarget.value })}
          required={quietFrom !== ''}
        />
      </div>
      {(quietFrom !== '' || quietTo !== '') && (
        <SelectField
          label="Time zone"
          value={timeZone}
          options={[...new Set(['UTC', timeZone, ...zones])].map((zone) => ({ value: zone, word: zone }))}
          onChange={({ currentTarget }) => change({ timeZone: currentTarget.value })}
        />
      )}
      <p className="text-muted">
        In quiet hours messages wait, and what is over before they end is not told. Empty: none.
      </p>
    </>
  )
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
