import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'

/** Timers of systemd that start runs of the same projects, each of which can be taken over. */
export function Timers({ projectId, isAdmin }: { projectId: string | undefined; isAdmin: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const { data } = useQuery(trpc.schedules.timers.queryOptions())
  const takeOver = useMutation(
    trpc.schedules.takeOver.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.schedules.pathKey() }),
    }),
  )
  if (data === undefined) return null
  const shown = data.timers.filter((timer) => projectId === undefined || timer.projectId === projectId)
  return (
    <Card aria-labelledby="timers">
      <CardHead title="Timers of systemd" id="timers" />
      {takeOver.isError && (
        <div className="p-4">
          <ProblemNote problem={problemOf(takeOver.error)} />
        </div>
      )}
      {shown.length === 0 ? (
        <p className="p-4 text-muted">
          {data.hasSystemd
            ? 'None starts runs of these projects.'
            : 'This machine is not run by systemd, so there are none.'}
        </p>
      ) : (
        <ul className="divide-y">
          {shown.map((timer) => (
            <li
              key={`${timer.manager}/${timer.unit}`}
              className="flex flex-wrap items-center gap-x-6 gap-y-1 px-4 py-3"
            >
              <div className="min-w-0 flex-1 basis-72">
                <p className="font-medium [overflow-wrap:anywhere]">{timer.unit}</p>
                <p className="text-muted">
                  {timer.plan.kind} of {timer.projectName}
                  {timer.hasSchedule && ' · a schedule here does the same: one of them is enough'}
                </p>
              </div>
              <p className="basis-48 text-muted">
                <span className="numeric text-ink">{timer.calendar}</span>
                {timer.nextAt !== null && (
                  <>
                    , next <Ago time={timer.nextAt} />
                  </>
                )}
              </p>
              {isAdmin && timer.cron !== null && (
                <Button
                  size="small"
                  disabled={takeOver.isPending}
                  onClick={() =>
                    takeOver.mutate({ projectId: timer.projectId, unit: timer.unit, manager: timer.manager })
                  }
                  aria-label={`Take over ${timer.unit}`}
                >
                  Take over
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
