import { useMutation } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import { Checkbox } from '../ui/field'
import type { ProjectDetails } from './details'

/** What is to be backed up or drilled. */
export function StartDialog(props: {
  kind: 'backup' | 'drill'
  project: ProjectDetails
  onClose: () => void
}) {
  const { kind, project, onClose } = props
  const isBackup = kind === 'backup'
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={isBackup ? `Back up ${project.name}` : `Drill ${project.name}`}
      description={
        isBackup
          ? 'What is left out stays as it was in the backup before.'
          : 'Restores the newest archive and proves, row by row, that the result equals the backup.'
      }
    >
      <StartForm {...props} />
    </Dialog>
  )
}

function StartForm({
  kind,
  project,
  onClose,
}: {
  kind: 'backup' | 'drill'
  project: ProjectDetails
  onClose: () => void
}) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const navigate = useNavigate()
  const { id: projectId, components, drillTarget } = project
  const isBackup = kind === 'backup'
  const offered = components.filter(({ missing }) => !isBackup || missing === null)
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set())
  const chosen = offered.map(({ name }) => name).filter((name) => !left.has(name))
  const start = useMutation(
    trpc.runs.start.mutationOptions({
      async onSuccess({ runId }) {
        await navigate({ to: '/projects/$projectId/runs/$runId', params: { projectId, runId } })
      },
    }),
  )
  const toggle = (name: string) => setLeft((before) => before.symmetricDifference(new Set([name])))
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const isShrinkRight = new FormData(event.currentTarget).get('acceptShrink') !== null
    start.mutate({
      projectId,
      options: {
        kind,
        ...(left.size > 0 && { only: chosen }),
        ...(isShrinkRight && { acceptShrink: true }),
      },
    })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <fieldset className="stack gap-3">
        <legend className="sr-only">Components</legend>
        {components.map(({ name, holds, missing }) => (
          <Checkbox
            key={name}
            label={name.charAt(0).toUpperCase() + name.slice(1)}
            hint={isBackup && missing !== null ? missing : holds}
            disabled={isBackup && missing !== null}
            checked={chosen.includes(name)}
            onChange={() => toggle(name)}
          />
        ))}
      </fieldset>
      {isBackup ? (
        <div className="border-t pt-4">
          <Checkbox
            name="acceptShrink"
            label="It really holds so much less"
            hint="After a run that was degraded because much less was there than before."
          />
        </div>
      ) : (
        <p
          className={
            drillTarget === null ? 'text-muted' : 'rounded-md border border-warn/40 bg-warn-soft p-3'
          }
        >
          {drillTarget === null ? (
            'Into a throwaway PostgreSQL on this machine, which is gone afterwards.'
          ) : (
            <>
              Into the test project <strong className="font-medium">{drillTarget}</strong>, which is emptied
              first.
            </>
          )}
        </p>
      )}
      {start.isError && <ProblemNote problem={problemOf(start.error)} />}
      <DialogButtons>
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" variant="primary" disabled={start.isPending || chosen.length === 0}>
          {start.isPending ? 'Starting …' : isBackup ? 'Back up' : 'Drill'}
        </Button>
      </DialogButtons>
    </form>
  )
}
