import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'
import { RowMenu } from './row-menu'
import { RuleDialog } from './rule-dialog'
import { eventWords, type Rule, scopeWords } from './words'

/** What is told of, of which projects, and where. */
export function RulesCard({ isAdmin }: { isAdmin: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const { data: rules } = useSuspenseQuery(trpc.alerts.rules.queryOptions())
  const { data: channels } = useSuspenseQuery(trpc.alerts.channels.queryOptions())
  const { data: projects = [] } = useQuery(trpc.projects.list.queryOptions())
  const [edited, setEdited] = useState<Rule | 'new' | null>(null)
  const remove = useMutation(
    trpc.alerts.removeRule.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() }),
    }),
  )
  const namesOf = ({ channelIds }: Rule) => channels.filter(({ id }) => channelIds.includes(id))
  return (
    <Card aria-labelledby="rules">
      <CardHead title="Rules" id="rules">
        {isAdmin && channels.length > 0 && (
          <Button
            size="small"
            variant={rules.length === 0 ? 'primary' : 'secondary'}
            onClick={() => setEdited('new')}
          >
            Add a rule
          </Button>
        )}
      </CardHead>
      {remove.isError && (
        <div className="p-4">
          <ProblemNote problem={problemOf(remove.error)} />
        </div>
      )}
      {rules.length === 0 ? (
        <Empty title="No rule yet">
          <p>
            {channels.length === 0
              ? 'First add a channel, which says where alerts are told. A rule then says what is told there, of which projects.'
              : 'A rule says what is told of, of which projects, and where.'}
          </p>
        </Empty>
      ) : (
        <ul className="divide-y">
          {rules.map((rule) => (
            <li key={rule.id} className="flex flex-wrap items-start gap-x-6 gap-y-1 px-4 py-3">
              <div className="min-w-0 flex-1 basis-52 [overflow-wrap:anywhere]">
                <p className="flex flex-wrap items-center gap-x-2 font-medium">
                  {rule.name}
                  {rule.isPaused && (
                    <span className="rounded border px-1.5 font-normal text-[13px] text-muted">paused</span>
                  )}
                </p>
                <p className="text-muted first-letter:uppercase">
                  {rule.events.map((event) => eventWords[event]).join(', ')} · {scopeWords(rule, projects)}
                </p>
              </div>
              {isAdmin && (
                <div className="sm:order-last">
                  <RowMenu
                    name={`the rule ${rule.name}`}
                    onEdit={() => setEdited(rule)}
                    onRemove={() => remove.mutate({ ruleId: rule.id })}
                  />
                </div>
              )}
              <div className="min-w-0 basis-72 [overflow-wrap:anywhere] max-sm:basis-full">
                <p>
                  to{' '}
                  {namesOf(rule)
                    .map(({ name }) => name)
                    .join(', ')}
                </p>
                <p className="text-muted">{whenOf(rule)}</p>
              </div>
            </li>
          ))}
        </ul>
      )}
      {edited !== null && (
        <RuleDialog
          rule={edited === 'new' ? undefined : edited}
          channels={channels}
          onClose={() => setEdited(null)}
        />
      )}
    </Card>
  )
}

function whenOf({ repeatHours, quiet }: Rule): string {
  const repeats = repeatHours === null ? 'once' : `again after ${plural(repeatHours, 'hour')}`
  if (quiet === null) return repeats
  return `${repeats} · quiet from ${quiet.window.from} to ${quiet.window.to}, ${quiet.timeZone}`
}
