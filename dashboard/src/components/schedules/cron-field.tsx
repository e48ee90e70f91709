import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useDeferredValue } from 'react'
import { problemOf } from '~/client/problem'
import { Field, Select } from '../ui/field'
import type { Draft } from './draft'

const zones = Intl.supportedValuesOf('timeZone')

/** A cron expression with what it means: in words, and its next five times. */
export function CronField(props: {
  cron: string
  timeZone: string
  change: (changes: Partial<Draft>) => void
}) {
  const { change } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const cron = useDeferredValue(props.cron).trim()
  const { timeZone } = props
  const preview = useQuery({
    ...trpc.schedules.preview.queryOptions({ cron, timeZone }),
    enabled: cron !== '',
    placeholderData: keepPreviousData,
    retry: false,
  })
  const problem = preview.isError ? problemOf(preview.error) : undefined
  return (
    <>
      <Field
        label="Cron expression"
        value={props.cron}
        onChange={({ currentTarget }) => change({ cron: currentTarget.value })}
        hint="Minute, hour, day of the month, month, day of the week"
        problem={problem && `${problem.message} ${problem.detail ?? problem.suggestion}`}
        className="[&_input]:font-mono"
        autoComplete="off"
        spellCheck={false}
        required
      />
      <Select
        label="Time zone"
        value={timeZone}
        onChange={({ currentTarget }) => change({ timeZone: currentTarget.value })}
      >
        {[...new Set(['UTC', timeZone, ...zones])].map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </Select>
      {problem === undefined && preview.data !== undefined && (
        <div className="rounded-md border bg-page p-3" role="status">
          {preview.data.words !== null && <p className="font-medium">{preview.data.words}</p>}
          {preview.data.next.length === 0 && <p className="text-bad">No such time comes.</p>}
          <ol className="numeric text-muted">
            {preview.data.next.map((time) => (
              <li key={time}>{timeIn(timeZone, time)}</li>
            ))}
          </ol>
        </div>
      )}
    </>
  )
}

function timeIn(timeZone: string, time: string): string {
  const options = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const
  const clock = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' } as const
  return new Intl.DateTimeFormat('en-GB', { ...options, ...clock, timeZone }).format(new Date(time))
}
