import { useMutation } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Field } from '../ui/field'
import { useReference } from './confirm-step'
import { PreviewRun } from './preview-run'
import type { StepProps } from './step-props'

/** Brings the target back as it was, after a look at what that would change. */
export function Rollback({ project, role, draft }: Omit<StepProps, 'onChange'>) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const navigate = useNavigate()
  const { id: projectId } = project
  const [typed, setTyped] = useState('')
  const [password, setPassword] = useState('')
  const reference = useReference(project, draft)
  const preview = useMutation(trpc.runs.start.mutationOptions())
  const start = useMutation(
    trpc.runs.start.mutationOptions({
      async onSuccess({ runId }) {
        await navigate({ to: '/projects/$projectId/runs/$runId', params: { projectId, runId } })
      },
    }),
  )
  const { target } = draft
  if (target === null || target.type === 'drill') return null
  const isProject = target.type === 'project'
  if (isProject && role !== 'admin') return null
  return (
    <Card aria-labelledby="rollback">
      <CardHead title="Roll back" id="rollback">
        <Button
          disabled={preview.isPending}
          onClick={() => preview.mutate({ projectId, options: { kind: 'rollback-preview', target } })}
        >
          Preview the rollback
        </Button>
      </CardHead>
      <form
        className="grid gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          const options = { kind: 'rollback', target, confirm: typed } as const
          start.mutate({ projectId, options, ...(isProject && { password }) })
        }}
      >
        <p className="text-muted">
          A rollback brings the target back as it was before the last restore over it. Roles and extensions
          that came since are dropped too.
        </p>
        {preview.isError && <ProblemNote problem={problemOf(preview.error)} />}
        {preview.data !== undefined && <PreviewRun projectId={projectId} runId={preview.data.runId} />}
        <div className="grid max-w-xl gap-4">
          <Field
            label="The target’s reference, in full"
            hint={reference ?? undefined}
            value={typed}
            autoComplete="off"
            onChange={({ target: input }) => setTyped(input.value)}
          />
          {isProject && (
            <Field
              label="Your password"
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={({ target: input }) => setPassword(input.value)}
            />
          )}
        </div>
        {start.isError && <ProblemNote problem={problemOf(start.error)} />}
        <div>
          <Button type="submit" variant="danger" disabled={typed !== reference || start.isPending}>
            <Undo2 />
            Roll back
          </Button>
        </div>
      </form>
    </Card>
  )
}
