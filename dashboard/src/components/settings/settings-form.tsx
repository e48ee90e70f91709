import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Checkbox, Field } from '../ui/field'

/** By the toolkit's names, with what they are where nothing is set. */
const newProject = [
  { name: 'BORG_RETENTION_DAYS', label: 'Keep every backup for days', otherwise: '21' },
  { name: 'BORG_KEEP_DAILY', label: 'then one of each of so many days', otherwise: '0' },
  { name: 'BORG_KEEP_WEEKLY', label: 'then one of each of so many weeks', otherwise: '0' },
  { name: 'BORG_KEEP_MONTHLY', label: 'then one of each of so many months', otherwise: '0' },
  { name: 'BORG_KEEP_YEARLY', label: 'then one of each of so many years', otherwise: '0' },
  { name: 'MIN_ARCHIVES', label: 'Never keep fewer than', otherwise: '3' },
  { name: 'MAX_AGE_BACKUP', label: 'A backup is overdue after', otherwise: '26h' },
  { name: 'MAX_AGE_DRILL', label: 'A drill is overdue after', otherwise: '8d' },
] as const

/** How many runs at once, where exports and alerts may go, and what new projects begin with. */
export function SettingsForm({ settings }: { settings: Outputs['settings']['get'] }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const set = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: () => queryClient.invalidateQueries({ queryKey: trpc.settings.get.queryKey() }),
    }),
  )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => String(data.get(name) ?? '').trim()
    const chosen = newProject.filter(({ name }) => text(name) !== '')
    set.mutate({
      mostRunsAtOnce: Number(text('mostRunsAtOnce')),
      exportDirectory: text('exportDirectory'),
      alertsMayGoInside: data.get('alertsMayGoInside') !== null,
      newProject: Object.fromEntries(chosen.map(({ name }) => [name, text(name)])),
    })
  }
  return (
    <Card aria-labelledby="runs-and-projects">
      <CardHead title="Runs, exports, alerts and new projects" id="runs-and-projects" />
      <form onSubmit={submit} className="stack gap-5 p-4">
        <Field
          className="max-w-xs"
          label="Runs at once"
          name="mostRunsAtOnce"
          type="number"
          min={1}
          max={64}
          defaultValue={settings.mostRunsAtOnce}
          hint="Of those that are started here; others wait."
          required
        />
        <Field
          label="Directory of exports"
          name="exportDirectory"
          placeholder="/srv/exports"
          defaultValue={settings.exportDirectory}
          hint="Where schedules write exports, in clear, a folder a project. Empty: none does."
          autoComplete="off"
        />
        <Checkbox
          label="Alerts may go to this machine and private networks"
          name="alertsMayGoInside"
          defaultChecked={settings.alertsMayGoInside}
          hint="To a mail server, ntfy or webhook of your own there; otherwise such addresses are refused."
        />
        <fieldset className="grid gap-4 sm:grid-cols-2">
          <legend className="mb-3 border-t pt-4 font-semibold">What a new project begins with</legend>
          {newProject.map(({ name, label, otherwise }) => (
            <Field
              key={name}
              label={label}
              name={name}
              placeholder={otherwise}
              defaultValue={settings.newProject[name] ?? ''}
              autoComplete="off"
            />
          ))}
        </fieldset>
        {set.isError && <ProblemNote problem={problemOf(set.error)} />}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" disabled={set.isPending}>
            {set.isPending ? 'Keeping …' : 'Keep the settings'}
          </Button>
          <span role="status" className="text-good">
            {set.isSuccess && 'They are kept.'}
          </span>
        </div>
      </form>
    </Card>
  )
}
