import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { kindTitle } from '~/client/kind-words'
import { lookOf, Status } from '../status'
import { Ago } from '../time'

const shownForMs = 86_400_000

/** Runs that were started here within a day and left no report. */
export function Unbegun({ projectId }: { projectId: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data = [] } = useQuery(trpc.runs.unbegun.queryOptions({ projectId }))
  const recent = data.filter(({ startedAt }) => Date.now() - Date.parse(startedAt) < shownForMs)
  if (recent.length === 0) return null
  return (
    <section aria-label="Not begun" className="grid divide-y rounded-lg border bg-surface">
      {recent.map(({ runId, kind, state, startedAt, problem }) => (
        <p key={runId} className="relative flex flex-wrap gap-x-3 px-4 py-2.5 hover:bg-hover">
          <Status look={lookOf(state)} />
          <Link
            to="/projects/$projectId/runs/$runId"
            params={{ projectId, runId }}
            className="font-medium after:absolute after:inset-0"
          >
            {kindTitle(kind)} started here
          </Link>
          <span className="text-muted">
            <Ago time={startedAt} />
          </span>
          {problem && <span className="w-full truncate text-muted">{problem.message}</span>}
        </p>
      ))}
    </section>
  )
}
