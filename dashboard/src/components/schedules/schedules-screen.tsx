import { useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { ScreenHead } from '../screen-head'
import { Button } from '../ui/button'
import { Card } from '../ui/card'
import { cn } from '../ui/cn'
import { Empty } from '../ui/empty'
import { inputClasses } from '../ui/field'
import type { Role, Schedule } from './schedule'
import { ScheduleDialog } from './schedule-dialog'
import { ScheduleRow } from './schedule-row'
import { Timers } from './timers'

/** What runs when, in all projects or in one. */
export function SchedulesScreen(props: {
  role: Role
  projectId: string | undefined
  onProject: (projectId: string | undefined) => void
}) {
  const { role, projectId, onProject } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: schedules } = useSuspenseQuery(trpc.schedules.list.queryOptions())
  const { data: projects } = useSuspenseQuery(trpc.projects.list.queryOptions())
  const [edited, setEdited] = useState<Schedule | 'new' | null>(null)
  const shown = schedules.filter((schedule) => projectId === undefined || schedule.projectId === projectId)
  const isAdmin = role === 'admin' && projects.length > 0
  const begin = isAdmin && (
    <Button variant="primary" onClick={() => setEdited('new')}>
      <Plus />
      New schedule
    </Button>
  )
  return (
    <div className="stack gap-6">
      <ScreenHead title="Schedules">
        <select
          aria-label="Project"
          className={cn(inputClasses, 'h-8 w-auto max-w-56')}
          value={projectId ?? ''}
          onChange={({ currentTarget }) => onProject(currentTarget.value || undefined)}
        >
          <option value="">All projects</option>
          {projects.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        {shown.length > 0 && begin}
      </ScreenHead>
      <Card aria-label="Schedules">
        {shown.length === 0 ? (
          <Empty title="No schedule yet">
            <p>
              A schedule backs a project up, drills or exports its newest archive, or checks its repository,
              at times of its own or after another has ended. What was missed while the dashboard was off is
              caught up once.
            </p>
            {begin}
          </Empty>
        ) : (
          <ul className="divide-y">
            {shown.map((schedule) => (
              <ScheduleRow
                key={schedule.id}
                schedule={schedule}
                role={role}
                onEdit={() => setEdited(schedule)}
              />
            ))}
          </ul>
        )}
      </Card>
      <Timers projectId={projectId} isAdmin={isAdmin} />
      {edited !== null && (
        <ScheduleDialog
          schedule={edited === 'new' ? undefined : edited}
          projects={projects}
          schedules={schedules}
          initialProject={projectId}
          onClose={() => setEdited(null)}
        />
      )}
    </div>
  )
}
