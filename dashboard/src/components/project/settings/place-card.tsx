import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../../problem-note'
import { Button } from '../../ui/button'
import { Card, CardHead } from '../../ui/card'
import type { ProjectDetails } from '../details'
import { draftOf, PlaceFields, placeOf } from './place-fields'

/** Environment, groups and tags. */
export function PlaceCard({ project }: { project: ProjectDetails }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const [draft, setDraft] = useState(() => draftOf(project))
  const isChanged = JSON.stringify(placeOf(draft)) !== JSON.stringify(placeOf(draftOf(project)))
  const save = useMutation(
    trpc.projects.place.mutationOptions({
      async onSuccess({ after }) {
        setDraft(draftOf(after))
        await queryClient.invalidateQueries({ queryKey: trpc.projects.pathKey() })
      },
    }),
  )
  return (
    <Card aria-labelledby="place">
      <CardHead title="Where it belongs" id="place" />
      <form
        className="stack gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate({ projectId: project.id, ...placeOf(draft) })
        }}
      >
        <PlaceFields draft={draft} onChange={setDraft} />
        {save.isError && <ProblemNote problem={problemOf(save.error)} />}
        <Button type="submit" className="justify-self-start" disabled={!isChanged || save.isPending}>
          {save.isPending ? 'Saving …' : 'Save'}
        </Button>
      </form>
    </Card>
  )
}
