import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { PreviewRun } from './preview-run'
import { previewOptions } from './state'
import type { StepProps } from './step-props'

/** What would change at the target, as `--preview` says it. */
export function PreviewStep({ project, draft, onChange }: StepProps) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { id: projectId } = project
  const options = previewOptions(draft)
  const start = useMutation(
    trpc.runs.start.mutationOptions({ onSuccess: ({ runId }) => onChange({ previewId: runId }) }),
  )
  return (
    <Card aria-labelledby="preview">
      <CardHead title="What would change?" id="preview">
        {options !== undefined && (
          <Button disabled={start.isPending} onClick={() => start.mutate({ projectId, options })}>
            {draft.previewId === null ? 'Make the preview' : 'Make it again'}
          </Button>
        )}
        <Button variant="primary" onClick={() => onChange({}, 'confirm')}>
          Next
        </Button>
      </CardHead>
      <div className="grid gap-3 p-4">
        {options === undefined && (
          <p className="text-muted">
            A drill changes nothing that anybody works with, so there is nothing to preview.
          </p>
        )}
        {start.isError && <ProblemNote problem={problemOf(start.error)} />}
        {options !== undefined && draft.previewId !== null && (
          <PreviewRun projectId={projectId} runId={draft.previewId} />
        )}
        {options !== undefined && draft.previewId === null && !start.isError && (
          <p className="text-muted">
            It takes the backup out and compares it with the target, and changes nothing.
          </p>
        )}
      </div>
    </Card>
  )
}
