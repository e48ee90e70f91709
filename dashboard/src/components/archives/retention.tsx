import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import type { Outputs } from '~/client/client'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Field } from '../ui/field'
import { Asked } from './asked'

type Plan = Outputs['archives']['plan']

const rules = [
  ['withinDays', 'All of the last days'],
  ['daily', 'Days'],
  ['weekly', 'Weeks'],
  ['monthly', 'Months'],
  ['yearly', 'Years'],
  ['minArchives', 'At least'],
] as const

/** What retention keeps and deletes, by the rules there are and by others that are tried: nothing is changed by looking. */
export function RetentionCard({ projectId }: { projectId: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const [isAsked, setAsked] = useState(false)
  const [change, setChange] = useState<Record<string, number> | null>(null)
  const now = useQuery({
    ...trpc.archives.plan.queryOptions({ projectId, change: {} }),
    enabled: isAsked,
  })
  const then = useQuery({
    ...trpc.archives.plan.queryOptions({ projectId, change: change ?? {} }),
    enabled: change !== null,
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const given = rules.flatMap(([name]) => {
      const value = String(form.get(name) ?? '')
      return value === '' ? [] : [[name, Number(value)] as const]
    })
    setAsked(true)
    setChange(given.length === 0 ? null : Object.fromEntries(given))
  }
  return (
    <Card aria-labelledby="retention">
      <CardHead title="Retention" id="retention" />
      <form onSubmit={submit} className="grid gap-3 p-4">
        <p className="text-muted">
          What a backup would delete now. Type other rules to see what they would do; what is left empty
          stays. The rules themselves stand in the project’s settings.
        </p>
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
          {rules.map(([name, label]) => (
            <Field
              key={name}
              name={name}
              label={label}
              type="number"
              min={0}
              inputMode="numeric"
              placeholder="as it is"
            />
          ))}
        </div>
        <div>
          <Button type="submit">Show the plan</Button>
        </div>
      </form>
      {isAsked && (
        <Asked query={now} waiting="The plan is made …">
          {(plan) => <PlanTable now={plan} then={change === null ? undefined : then.data} />}
        </Asked>
      )}
    </Card>
  )
}

function PlanTable({ now, then }: { now: Plan; then: Plan | undefined }) {
  const later = new Map(then?.archives.map((one) => [one.archive.name, one]))
  const count = (plan: Plan) => plan.archives.filter(({ action }) => action === 'prune').length
  return (
    <div className="border-t">
      <p className="px-4 py-3" role="status">
        Now {count(now)} of {now.archives.length} would be deleted
        {then !== undefined && <>, by these rules {count(then)}</>}.
        {now.blocked !== undefined && <span className="text-warn"> Nothing is: {now.blocked}.</span>}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard */}
      <section aria-label="The plan" tabIndex={0} className="max-h-96 overflow-auto border-t">
        <table className="w-full text-left">
          <thead className="text-muted">
            <tr className="border-b">
              <th scope="col" className="px-4 py-2">
                Archive
              </th>
              <th scope="col" className="px-4 py-2">
                Now
              </th>
              {then !== undefined && (
                <th scope="col" className="px-4 py-2">
                  By these rules
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {now.archives.map(({ archive, action, reason }) => (
              <tr key={archive.name} className="border-b last:border-b-0">
                <td className="px-4 py-2 font-mono text-[13px] [overflow-wrap:anywhere]">{archive.name}</td>
                <Verdict action={action} reason={reason} />
                {then !== undefined && <Verdict {...(later.get(archive.name) ?? { action, reason })} />}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  )
}

function Verdict({ action, reason }: { action: 'keep' | 'prune'; reason: string }) {
  return (
    <td className="px-4 py-2 align-top">
      <span className={action === 'prune' ? 'font-medium text-bad' : 'font-medium'}>
        {action === 'prune' ? 'deleted' : 'kept'}
      </span>{' '}
      <span className="text-muted">{reason}</span>
    </td>
  )
}
