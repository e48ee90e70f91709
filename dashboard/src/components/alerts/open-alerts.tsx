import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { lookOf, Status, softTones } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { cn } from '../ui/cn'
import type { Alert } from './words'

const fewShown = 20

/** What is wrong now: first what nobody has acknowledged, and of that what is critical. */
export function OpenAlerts({ alerts, mayAcknowledge }: { alerts: Alert[]; mayAcknowledge: boolean }) {
  const [isAll, setAll] = useState(false)
  const weight = (alert: Alert) => 2 * Number(isNew(alert)) + Number(alert.severity === 'critical')
  const sorted = alerts.toSorted((a, b) => weight(b) - weight(a))
  const shown = isAll ? sorted : sorted.slice(0, fewShown)
  const fresh = alerts.filter(isNew)
  return (
    <section aria-label="Open alerts" className="stack gap-2">
      {alerts.length > 1 && (
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="text-muted">
            {plural(alerts.length, 'open alert')}, {freshWords(fresh.length, alerts.length)}
          </p>
          {mayAcknowledge && fresh.length > 1 && <AcknowledgeAll alerts={fresh} />}
        </div>
      )}
      <ul className="stack gap-2">
        {shown.map((alert) => (
          <OpenAlert key={alert.id} alert={alert} mayAcknowledge={mayAcknowledge && isNew(alert)} />
        ))}
      </ul>
      {shown.length < sorted.length && (
        <Button variant="ghost" className="justify-self-start" onClick={() => setAll(true)}>
          {plural(sorted.length - shown.length, 'more alert')}
        </Button>
      )}
    </section>
  )
}

function freshWords(fresh: number, all: number): string {
  if (fresh === 0) return 'all of them acknowledged'
  return fresh === all ? 'none of them acknowledged' : `${fresh} of them not acknowledged`
}

function isNew({ acknowledgedAt }: Alert): boolean {
  return acknowledgedAt === null
}

/** Of those that are known here: one that is found meanwhile is not among them. */
function AcknowledgeAll({ alerts }: { alerts: Alert[] }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const acknowledge = useMutation(
    trpc.alerts.acknowledgeMany.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() }),
    }),
  )
  return (
    <>
      <Button
        size="small"
        disabled={acknowledge.isPending}
        onClick={() => acknowledge.mutate({ alertIds: alerts.map(({ id }) => id) })}
      >
        <Check />
        Acknowledge all {alerts.length}
      </Button>
      {acknowledge.isError && <ProblemNote problem={problemOf(acknowledge.error)} />}
    </>
  )
}

function OpenAlert({ alert, mayAcknowledge }: { alert: Alert; mayAcknowledge: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const acknowledge = useMutation(
    trpc.alerts.acknowledge.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.alerts.pathKey() }),
    }),
  )
  const { id: alertId, projectId, subject, text, acknowledgedBy, acknowledgedAt } = alert
  const look = lookOf(alert.severity)
  const isFresh = isNew(alert)
  return (
    <li className={cn('stack gap-1.5 rounded-lg border p-3', softTones[isFresh ? look.tone : 'quiet'])}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Status look={look} />
        <span className="min-w-0 flex-1 basis-48 font-semibold [overflow-wrap:anywhere]">
          {projectId === null ? (
            subject
          ) : (
            <Link to="/projects/$projectId" params={{ projectId }} className="hover:underline">
              {subject}
            </Link>
          )}
        </span>
        {mayAcknowledge && (
          <Button
            size="small"
            disabled={acknowledge.isPending}
            onClick={() => acknowledge.mutate({ alertId })}
            aria-label={`Acknowledge ${subject}`}
          >
            <Check />
            Acknowledge
          </Button>
        )}
      </div>
      <p className="[overflow-wrap:anywhere]">{text}</p>
      <p className="text-muted [overflow-wrap:anywhere]">
        since <Ago time={alert.openedAt} /> · by the rule {alert.ruleName}
        {alert.flappingSince !== null && (
          <>
            {' '}
            · flapping: it has come and gone again and again since <Ago time={alert.flappingSince} />, which
            is not told each time
            {alert.goneAt !== null && (
              <>
                ; not there just now, since <Ago time={alert.goneAt} />
              </>
            )}
          </>
        )}
        {!isFresh && (
          <>
            {' '}
            · acknowledged by {acknowledgedBy} <Ago time={acknowledgedAt} />
          </>
        )}
      </p>
      {acknowledge.isError && <ProblemNote problem={problemOf(acknowledge.error)} />}
    </li>
  )
}
