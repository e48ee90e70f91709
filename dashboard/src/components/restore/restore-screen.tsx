import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ArchiveHead } from '../archives/archive-head'
import { ProblemNote } from '../problem-note'
import type { ProjectDetails } from '../project/details'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { SkeletonPage } from '../ui/skeleton'
import { ConfirmStep } from './confirm-step'
import { PartsStep } from './parts-step'
import { PreviewStep } from './preview-step'
import { ResultStep } from './result-step'
import { SourceStep } from './source-step'
import { type Draft, emptyDraft, type Step, stepNames, steps } from './state'
import type { StepProps } from './step-props'
import { TargetStep } from './target-step'

interface Place {
  draft?: string | undefined
  step?: Step | undefined
}

/** A restore, put together step by step; what was chosen is kept at the server. */
export function RestoreScreen(props: {
  project: ProjectDetails
  role: StepProps['role']
  place: Place & { archive?: string | undefined }
  onPlace: (place: Place) => void
}) {
  const { project, role, place, onPlace } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const { id: projectId, name } = project
  const draftId = place.draft ?? ''
  const draft = useQuery({ ...trpc.drafts.get.queryOptions({ projectId, draftId }), enabled: draftId !== '' })
  const begin = useMutation(
    trpc.drafts.begin.mutationOptions({
      onSuccess: ({ draftId: made }) => onPlace({ draft: made, step: 'source' }),
    }),
  )
  // One after the other: the last one is what is kept.
  const save = useMutation({ ...trpc.drafts.save.mutationOptions(), scope: { id: `draft ${draftId}` } })
  // At hand at once, as a box that is ticked must not jump back until the cache has told of it.
  const [edited, setEdited] = useState<{ id: string; draft: Draft }>()
  const state = edited?.id === draftId ? edited.draft : draft.data
  const change = (what: Partial<Draft>, step?: Step) => {
    if (state === undefined) return
    const next = { ...state, ...what }
    setEdited({ id: draftId, draft: next })
    queryClient.setQueryData(trpc.drafts.get.queryKey({ projectId, draftId }), next)
    save.mutate({ projectId, draftId, state: next })
    if (step !== undefined) onPlace({ draft: draftId, step })
  }
  const step = place.step ?? 'source'
  return (
    <div className="stack gap-6">
      <ArchiveHead projectId={projectId} projectName={name} title={`Restore ${name}`} />
      {draftId === '' ? (
        <Beginning
          projectId={projectId}
          onOpen={(id) => onPlace({ draft: id, step: 'source' })}
          onBegin={() =>
            begin.mutate({ projectId, state: { ...emptyDraft, archive: place.archive ?? null } })
          }
        />
      ) : draft.isError ? (
        <ProblemNote problem={problemOf(draft.error)} />
      ) : state === undefined ? (
        <SkeletonPage label="The draft is being read" />
      ) : (
        <>
          <Steps draft={state} step={step} onStep={(next) => onPlace({ draft: draftId, step: next })} />
          {save.isError && <ProblemNote problem={problemOf(save.error)} />}
          <StepView step={step} project={project} role={role} draft={state} onChange={change} />
        </>
      )}
    </div>
  )
}

function StepView({ step, ...props }: StepProps & { step: Step }) {
  if (step === 'source') return <SourceStep {...props} />
  if (step === 'parts') return <PartsStep {...props} />
  if (step === 'target') return <TargetStep {...props} />
  if (step === 'preview') return <PreviewStep {...props} />
  if (step === 'confirm') return <ConfirmStep {...props} />
  return <ResultStep {...props} />
}

/** Which steps can be gone to: those whose questions before them are answered. */
function isOpen(draft: Draft, step: Step): boolean {
  if (step === 'source') return true
  if (draft.archive === null) return false
  if (step === 'parts' || step === 'target') return true
  if (draft.target === null) return false
  return step === 'result' ? draft.runId !== null : true
}

function Steps({ draft, step, onStep }: { draft: Draft; step: Step; onStep: (step: Step) => void }) {
  return (
    <nav aria-label="Steps">
      <ol className="flex flex-wrap gap-1">
        {steps.map((one, at) => (
          <li key={one}>
            <Button
              size="small"
              variant={one === step ? 'primary' : 'secondary'}
              aria-current={one === step ? 'step' : undefined}
              disabled={!isOpen(draft, one)}
              onClick={() => onStep(one)}
            >
              {at + 1}. {stepNames[one]}
            </Button>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Beginning(props: { projectId: string; onOpen: (id: string) => void; onBegin: () => void }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { projectId } = props
  const drafts = useQuery(trpc.drafts.list.queryOptions({ projectId }))
  const remove = useMutation(trpc.drafts.remove.mutationOptions({ onSuccess: () => drafts.refetch() }))
  return (
    <Card aria-labelledby="begin">
      <CardHead title="A restore, step by step" id="begin">
        <Button variant="primary" onClick={props.onBegin}>
          Begin
        </Button>
      </CardHead>
      <div className="grid gap-2 p-4">
        <p className="text-muted">
          You choose a backup, what of it, and where to; you see what would change, and nothing happens before
          you have confirmed it. What you choose is kept.
        </p>
        {remove.isError && <ProblemNote problem={problemOf(remove.error)} />}
        {(drafts.data ?? []).length > 0 && (
          <ul aria-label="Begun before" className="divide-y rounded-md border">
            {drafts.data?.map(({ id, updatedAt, state }) => (
              <li key={id} className="flex flex-wrap items-center gap-3 px-3 py-2">
                <span className="[overflow-wrap:anywhere]">{state.archive ?? 'no backup chosen yet'}</span>
                <span className="text-muted">
                  <Ago time={updatedAt} />
                </span>
                <span className="ml-auto flex gap-2">
                  <Button
                    size="small"
                    variant="ghost"
                    disabled={remove.isPending}
                    onClick={() => remove.mutate({ projectId, draftId: id })}
                  >
                    Remove
                  </Button>
                  <Button size="small" onClick={() => props.onOpen(id)}>
                    Go on
                  </Button>
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  )
}
