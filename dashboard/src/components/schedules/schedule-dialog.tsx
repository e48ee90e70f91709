import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { EditDialog, EditEnd, useDraft } from '../forms/edit-dialog'
import type { Project } from '../overview/project'
import { Field, Select } from '../ui/field'
import { CronField } from './cron-field'
import { type Draft, draftOf, inputOf } from './draft'
import { PlanFields } from './plan-fields'
import type { Schedule } from './schedule'

/** Makes a schedule, or changes one. */
export function ScheduleDialog(props: {
  schedule: Schedule | undefined
  projects: readonly Project[]
  schedules: readonly Schedule[]
  initialProject: string | undefined
  onClose: () => void
}) {
  const { schedule, onClose } = props
  return (
    <EditDialog
      noun="schedule"
      edited={schedule}
      description="What it asks for waits in the queue for its turn, as a run of yours does."
      onClose={onClose}
    >
      <ScheduleForm {...props} />
    </EditDialog>
  )
}

function ScheduleForm(props: Parameters<typeof ScheduleDialog>[0]) {
  const { schedule, projects, schedules, initialProject, onClose } = props
  const { draft, change } = useDraft(() => draftOf(schedule, initialProject ?? projects[0]?.id ?? ''))
  const save = useSave(schedule, onClose)
  const others = schedules.filter(({ id }) => id !== schedule?.id)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(draft)
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <Field
        label="Name"
        value={draft.name}
        onChange={({ currentTarget }) => change({ name: currentTarget.value })}
        placeholder="Nightly"
        maxLength={80}
        required
      />
      <Select
        label="Project"
        value={draft.projectId}
        disabled={schedule !== undefined}
        onChange={({ currentTarget }) => change({ projectId: currentTarget.value })}
      >
        {projects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Select>
      <PlanFields draft={draft} change={change} />
      <fieldset className="stack gap-3 border-t pt-4">
        <legend className="sr-only">When</legend>
        {others.length > 0 && (
          <Select
            label="When"
            value={draft.trigger}
            onChange={({ currentTarget }) =>
              change({ trigger: currentTarget.value === 'after' ? 'after' : 'cron' })
            }
          >
            <option value="cron">At times</option>
            <option value="after">After a run of another schedule</option>
          </Select>
        )}
        {draft.trigger === 'cron' ? (
          <CronField cron={draft.cron} timeZone={draft.timeZone} change={change} />
        ) : (
          <AfterFields draft={draft} change={change} others={others} />
        )}
        <div className="grid grid-cols-2 gap-3">
          <Field
            label="Begins from"
            type="time"
            value={draft.from}
            onChange={({ currentTarget }) => change({ from: currentTarget.value })}
          />
          <Field
            label="to"
            type="time"
            value={draft.to}
            onChange={({ currentTarget }) => change({ to: currentTarget.value })}
          />
        </div>
        <p className="text-muted">
          Empty: at any time of day. What is due outside of it waits, and what had no turn in it is left out.
        </p>
      </fieldset>
      <EditEnd noun="schedule" save={save} onClose={onClose} />
    </form>
  )
}

function AfterFields(props: {
  draft: Draft
  change: (changes: Partial<Draft>) => void
  others: readonly Schedule[]
}) {
  const { draft, change, others } = props
  return (
    <>
      <Select
        label="After"
        value={draft.afterId}
        onChange={({ currentTarget }) => change({ afterId: currentTarget.value })}
        required
      >
        <option value="">Choose one</option>
        {others.map(({ id, name, projectName }) => (
          <option key={id} value={id}>
            {name} of {projectName}
          </option>
        ))}
      </Select>
      <Select
        label="If it"
        value={draft.outcome}
        onChange={({ currentTarget }) =>
          change({ outcome: currentTarget.value === 'any' ? 'any' : 'success' })
        }
      >
        <option value="success">went well</option>
        <option value="any">has ended, however</option>
      </Select>
    </>
  )
}

function useSave(schedule: Schedule | undefined, onSaved: () => void) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const add = useMutation(trpc.schedules.add.mutationOptions())
  const changed = useMutation(trpc.schedules.change.mutationOptions())
  return useMutation({
    async mutationFn(draft: Draft) {
      const { projectId } = draft
      const said = { projectId, schedule: inputOf(draft, schedule?.isPaused ?? false) }
      if (schedule === undefined) await add.mutateAsync(said)
      else await changed.mutateAsync({ ...said, scheduleId: schedule.id })
    },
    async onSuccess() {
      await queryClient.invalidateQueries({ queryKey: trpc.schedules.list.queryKey() })
      onSaved()
    },
  })
}
