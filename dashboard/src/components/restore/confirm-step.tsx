import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Field } from '../ui/field'
import { type Draft, partWords, restoreOptions } from './state'
import type { StepProps } from './step-props'

/** Says that it is meant: the reference of the target typed, and over a project the password once more. */
export function ConfirmStep({ project, draft, onChange }: StepProps) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { id: projectId } = project
  const [typed, setTyped] = useState('')
  const [password, setPassword] = useState('')
  const reference = useReference(project, draft)
  const isDrill = draft.target?.type === 'drill'
  const isProject = draft.target?.type === 'project'
  const options = restoreOptions(draft, typed)
  const start = useMutation(
    trpc.runs.start.mutationOptions({ onSuccess: ({ runId }) => onChange({ runId }, 'result') }),
  )
  const isReady = isDrill || (reference !== null && typed === reference && (!isProject || password !== ''))
  return (
    <Card aria-labelledby="confirm">
      <CardHead title="Is it meant?" id="confirm" />
      <form
        className="grid max-w-xl gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (options !== undefined) start.mutate({ projectId, options, ...(isProject && { password }) })
        }}
      >
        <p>
          <span className="[overflow-wrap:anywhere]">{draft.archive}</span> is restored{' '}
          {isDrill ? (
            'in a drill.'
          ) : (
            <>
              over <strong className="font-medium">{reference ?? 'a target that is not described'}</strong>.
              {draft.noSafetyBackup
                ? ' The target is not backed up before: there is no way back.'
                : ' The target is backed up before, so that it can be rolled back.'}
            </>
          )}
        </p>
        <ul className="list-disc pl-5 [overflow-wrap:anywhere]">
          {partWords(draft).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
        {!isDrill && (
          <Field
            label="The target’s reference, in full"
            hint={reference ?? undefined}
            value={typed}
            autoComplete="off"
            onChange={({ target }) => setTyped(target.value)}
          />
        )}
        {isProject && (
          <Field
            label="Your password"
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={({ target }) => setPassword(target.value)}
          />
        )}
        {start.isError && <ProblemNote problem={problemOf(start.error)} />}
        <div className="flex gap-2">
          <Button onClick={() => onChange({}, 'preview')}>Back</Button>
          <Button
            type="submit"
            variant={isDrill ? 'primary' : 'danger'}
            disabled={!isReady || start.isPending}
          >
            {start.isPending ? 'Starting …' : isDrill ? 'Drill' : 'Restore over it'}
          </Button>
        </div>
      </form>
    </Card>
  )
}

/** How the target is confirmed; null where it is not known. */
export function useReference(project: StepProps['project'], draft: Pick<Draft, 'target'>): string | null {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { target } = draft
  const projects = useQuery(trpc.projects.list.queryOptions())
  if (target === null || target.type === 'drill') return null
  if (target.type === 'test') return project.drillTarget
  if (target.projectId === project.id) return project.origin
  return projects.data?.find(({ id }) => id === target.projectId)?.origin ?? null
}
