import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { Check } from 'lucide-react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { lookOf, Status, softTones } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { cn } from '../ui/cn'
import type { Alert } from './words'

/** What is wrong now: first what nobody has acknowledged. */
export function OpenAlerts({ alerts, mayAcknowledge }: { alerts: Alert[]; mayAcknowledge: boolean }) {
  const isNew = ({ acknowledgedAt }: Alert) => acknowledgedAt === null
  const sorted = alerts.toSorted((a, b) => Number(isNew(b)) - Number(isNew(a)))
  return (
    <ul aria-label="Open alerts" className="stack gap-2">
      {sorted.map((alert) => (
        <OpenAlert key={alert.id} alert={alert} mayAcknowledge={mayAcknowledge && isNew(alert)} />
      ))}
    </ul>
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
  const isNew = acknowledgedAt === null
  return (
    <li className={cn('stack gap-1.5 rounded-lg border p-3', softTones[isNew ? look.tone : 'quiet'])}>
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
        {!isNew && (
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
