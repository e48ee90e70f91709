import { useMutation } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'

/** Starts something about an archive, and goes to its run. */
export function useStart(projectId: string) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const navigate = useNavigate()
  return useMutation(
    trpc.runs.start.mutationOptions({
      async onSuccess({ runId }) {
        await navigate({ to: '/projects/$projectId/runs/$runId', params: { projectId, runId } })
      },
    }),
  )
}
