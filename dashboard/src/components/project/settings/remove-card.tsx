import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useRouteContext } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card } from '../../ui/card'
import { Code } from '../../ui/copy'
import { Dialog, DialogButtons } from '../../ui/dialog'
import { Field } from '../../ui/field'
import type { ProjectDetails } from '../details'

/** Takes a project out, when its name is typed. */
export function RemoveCard({ project }: { project: ProjectDetails }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Card aria-labelledby="remove" className="flex flex-wrap items-center gap-4 p-4">
      <div className="grid min-w-0 flex-1 basis-72 gap-1">
        <h2 id="remove" className="font-semibold">
          Remove it
        </h2>
        <p className="text-muted">
          Archives, backups and reports stay where they are, and what they are read with is kept: the env file
          and the sealed secrets. It can be put back.
        </p>
      </div>
      <Button variant="danger" onClick={() => setOpen(true)}>
        Remove …
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={`Remove ${project.name}`}>
        <RemoveForm project={project} onClose={() => setOpen(false)} />
      </Dialog>
    </Card>
  )
}

function RemoveForm({ project, onClose }: { project: ProjectDetails; onClose: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
  const remove = useMutation(trpc.projects.remove.mutationOptions())
  const leave = async () => {
    await navigate({ to: '/' })
    await queryClient.invalidateQueries({ queryKey: trpc.projects.list.queryKey() })
  }
  if (remove.data)
    return (
      <div className="stack gap-3">
        <p>It is no project of the dashboard any more.</p>
        {remove.data.envFile !== null && (
          <>
            <p>
              Its archives are still read with its env file
              {remove.data.hasSecrets && ', and the sealed secrets that it asks the dashboard for'}. It is
              now:
            </p>
            <Code text={remove.data.envFile} />
          </>
        )}
        <DialogButtons>
          <Button asChild>
            <Link to="/removed-projects">Removed projects</Link>
          </Button>
          <Button variant="primary" onClick={() => void leave()}>
            To the overview
          </Button>
        </DialogButtons>
      </div>
    )
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    remove.mutate({ projectId: project.id, typed })
  }
  return (
    <form onSubmit={submit} className="stack gap-4">
      <p>
        Its schedules go, and what the dashboard knows of its runs. No run of it is started any more: by
        nobody, for its timers find no env file either.
      </p>
      <Field
        label={`Type ${project.name} to confirm`}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      />
      {remove.isError && <ProblemNote problem={problemOf(remove.error)} />}
      <DialogButtons>
        <Button onClick={onClose}>Keep it</Button>
        <Button type="submit" variant="danger" disabled={typed.trim() !== project.name || remove.isPending}>
          {remove.isPending ? 'Removing …' : 'Remove'}
        </Button>
      </DialogButtons>
    </form>
  )
}
