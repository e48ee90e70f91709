import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { formatBytes, plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../ui/menu'
import type { Role, Schedule } from './schedule'

/** One schedule: what, when, and what became of it last. */
export function ScheduleRow(props: { schedule: Schedule; role: Role; onEdit: () => void }) {
  const { schedule, role, onEdit } = props
  const { name, projectId, projectName, plan, last } = schedule
  const actions = useActions(schedule)
  const [isRemoving, setRemoving] = useState(false)
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-52">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="font-medium [overflow-wrap:anywhere]">{name}</span>
          {schedule.isPaused && <span className="rounded border px-1.5 text-[13px] text-muted">paused</span>}
        </p>
        <p className="text-muted first-letter:uppercase [overflow-wrap:anywhere]">
          {plan.kind} of{' '}
          <Link
            to="/projects/$projectId"
            params={{ projectId }}
            className="text-ink underline decoration-line-strong underline-offset-2 hover:decoration-current"
          >
            {projectName}
          </Link>
          {conditionsOf(schedule).map((text) => ` · ${text}`)}
        </p>
      </div>
      {role !== 'viewer' && (
        <Menu>
          <MenuTrigger asChild>
            <Button
              variant="ghost"
              size="icon"
              className="-my-1 sm:order-last"
              aria-label={`What to do with ${name}`}
            >
              <Ellipsis />
            </Button>
          </MenuTrigger>
          <MenuContent>
            <MenuItem onSelect={() => actions.runNow()}>Run it now</MenuItem>
            <MenuItem onSelect={() => actions.pause(!schedule.isPaused)}>
              {schedule.isPaused ? 'Go on' : 'Pause'}
            </MenuItem>
            {role === 'admin' && (
              <>
                <MenuItem onSelect={onEdit}>Change …</MenuItem>
                <MenuItem onSelect={() => setRemoving(true)}>Remove …</MenuItem>
              </>
            )}
          </MenuContent>
        </Menu>
      )}
      <div className="min-w-0 max-sm:basis-full sm:basis-64">
        <p className="first-letter:uppercase [overflow-wrap:anywhere]">
          <When schedule={schedule} />
        </p>
        <p className="text-muted">
          <Next schedule={schedule} />
        </p>
      </div>
      <div className="flex basis-40 items-center gap-2">
        {last === null ? (
          <span className="text-muted">did not run yet</span>
        ) : (
          <Link
            to="/projects/$projectId/runs/$runId"
            params={{ projectId, runId: last.runId }}
            className="flex flex-wrap gap-x-2 hover:underline"
          >
            {last.state === 'ended' || last.state === 'started' ? (
              'ran'
            ) : (
              <Status look={lookOf(last.state)} />
            )}
            <Ago time={last.at} />
          </Link>
        )}
      </div>
      {actions.problem !== null && (
        <div className="order-last basis-full">
          <ProblemNote problem={problemOf(actions.problem)} />
        </div>
      )}
      <Dialog
        isOpen={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove ${name}?`}
        description="It asks for no more runs. Those that were made stay, and so do their archives and exports."
      >
        <DialogButtons>
          <Button onClick={() => setRemoving(false)}>Keep it</Button>
          <Button
            variant="danger"
            onClick={() => {
              setRemoving(false)
              actions.remove()
            }}
          >
            Remove the schedule
          </Button>
        </DialogButtons>
      </Dialog>
    </li>
  )
}

function useActions({ projectId, id: scheduleId }: Schedule) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const onSettled = () => queryClient.invalidateQueries({ queryKey: trpc.schedules.list.queryKey() })
  const runNow = useMutation(trpc.schedules.runNow.mutationOptions({ onSettled }))
  const pause = useMutation(trpc.schedules.pause.mutationOptions({ onSettled }))
  const remove = useMutation(trpc.schedules.remove.mutationOptions({ onSettled }))
  return {
    runNow: () => runNow.mutate({ projectId, scheduleId }),
    pause: (isPaused: boolean) => pause.mutate({ projectId, scheduleId, isPaused }),
    remove: () => remove.mutate({ projectId, scheduleId }),
    problem: runNow.error ?? pause.error ?? remove.error,
  }
}

function When({ schedule: { cron, words, timeZone, after } }: { schedule: Schedule }) {
  if (after !== null && after !== undefined)
    return (
      <>
        {after.name === null
          ? 'after a schedule of a project that is not shown to you'
          : `after ${after.name} of ${after.projectName}`}
        {after.outcome === 'success' ? ' went well' : ' has ended'}
      </>
    )
  if (cron === null) return <>never: what it ran after is gone</>
  return (
    <>
      {words ?? <code className="font-mono text-[13px]">{cron}</code>}{' '}
      <span className="text-muted">({timeZone})</span>
    </>
  )
}

function Next({ schedule: { nextAt, heldUntil, isPaused } }: { schedule: Schedule }) {
  if (isPaused) return <>goes on when it is told to</>
  if (heldUntil !== null)
    return (
      <>
        waits for its window, <Ago time={heldUntil} />
      </>
    )
  if (nextAt === null) return null
  return (
    <>
      next <Ago time={nextAt} />
    </>
  )
}

function conditionsOf({ plan, window }: Schedule): string[] {
  const only = plan.kind === 'check' ? undefined : plan.only
  const texts = only === undefined ? [] : [`only ${only.join(', ')}`]
  if (plan.kind === 'check' && plan.data === true) texts.push('reads all data')
  if (plan.kind === 'export') texts.push(`keeps ${plural(plan.keep, 'export')}`)
  if (plan.kind === 'backup') {
    if (plan.onlyIfChanged === true) texts.push('only if changed')
    if (plan.onlyIfLarger !== undefined) texts.push(`only if larger than ${formatBytes(plan.onlyIfLarger)}`)
    if (plan.retention !== undefined) texts.push(`keeps ${plan.retention.days} days`)
  }
  return window === null ? texts : [...texts, `begins from ${window.from} to ${window.to}`]
}
