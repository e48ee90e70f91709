import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import type { Outputs } from '~/client/client'
import { kindTitle } from '~/client/kind-words'
import { problemOf } from '~/client/problem'
import { formatBytes, formatSeconds } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { cn } from '../ui/cn'
import { Empty } from '../ui/empty'
import { inputClasses } from '../ui/field'
import { Skeleton } from '../ui/skeleton'

export interface RunFilter {
  kind?: string | undefined
  outcome?: string | undefined
}

type Run = Outputs['runs']['list']['rows'][number]

const kinds = ['backup', 'partial', 'drill', 'restore', 'check', 'prune']
const outcomes = ['success', 'unchanged', 'degraded', 'failed', 'interrupted']

/** What happened: every run that left a report, newest first. */
export function RunList(props: {
  projectId: string
  filter: RunFilter
  onFilter: (filter: RunFilter) => void
}) {
  const { projectId, filter, onFilter } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const runs = useInfiniteQuery(
    trpc.runs.list.infiniteQueryOptions(
      { projectId, ...filter },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  )
  const rows = runs.data?.pages.flatMap((page) => page.rows) ?? []
  const isFiltered = filter.kind !== undefined || filter.outcome !== undefined
  return (
    <Card aria-labelledby="runs">
      <CardHead title="Runs" id="runs">
        <Choice
          label="kind"
          all="All kinds"
          values={kinds}
          value={filter.kind}
          onChange={(kind) => onFilter({ ...filter, kind })}
        />
        <Choice
          label="outcome"
          all="All outcomes"
          values={outcomes}
          value={filter.outcome}
          onChange={(outcome) => onFilter({ ...filter, outcome })}
        />
      </CardHead>
      {runs.isPending && <Skeleton className="m-4 h-40" />}
      {runs.isError && (
        <div className="p-4">
          <ProblemNote problem={problemOf(runs.error)} />
        </div>
      )}
      {runs.isSuccess && rows.length === 0 && (
        <Empty title={isFiltered ? 'No run is like that' : 'No run yet'}>
          {isFiltered ? (
            <Button onClick={() => onFilter({})}>Show all</Button>
          ) : (
            <p>Each run appears here, be it started here, by a timer, or by hand.</p>
          )}
        </Empty>
      )}
      {rows.length > 0 && <RunTable projectId={projectId} rows={rows} />}
      {runs.hasNextPage && (
        <div className="border-t p-2 text-center">
          <Button
            variant="ghost"
            disabled={runs.isFetchingNextPage}
            onClick={() => void runs.fetchNextPage()}
          >
            {runs.isFetchingNextPage ? 'Loading …' : 'Show older ones'}
          </Button>
        </div>
      )}
    </Card>
  )
}

function Choice(props: {
  label: string
  all: string
  values: readonly string[]
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const { label, all, values, value, onChange } = props
  return (
    <select
      aria-label={`Filter by ${label}`}
      className={cn(inputClasses, 'h-8 w-auto')}
      value={value ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
    >
      <option value="">{all}</option>
      {values.map((one) => (
        <option key={one} value={one}>
          {kindTitle(one)}
        </option>
      ))}
    </select>
  )
}

function RunTable({ projectId, rows }: { projectId: string; rows: Run[] }) {
  return (
    <table className="w-full border-collapse">
      <thead className="text-left text-muted max-md:sr-only">
        <tr className="border-b [&>th]:px-2 [&>th]:py-2 [&>th]:first:pl-4 [&>th]:last:pr-4">
          <th scope="col">Outcome</th>
          <th scope="col">Kind</th>
          <th scope="col">Began</th>
          <th scope="col" className="text-right">
            Took
          </th>
          <th scope="col" className="text-right">
            New
          </th>
          <th scope="col">What it says</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((run) => (
          <Row key={`${run.runId} ${run.startedAt}`} projectId={projectId} run={run} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ projectId, run }: { projectId: string; run: Run }) {
  const { runId, state, outcome, kind, startedAt, seconds, newBytes } = run
  return (
    <tr className="relative border-b last:border-b-0 hover:bg-hover has-focus-visible:bg-hover max-md:grid max-md:grid-cols-[1fr_auto] max-md:gap-x-3 max-md:gap-y-1 max-md:px-4 max-md:py-3 md:[&>td]:px-2 md:[&>td]:py-2 md:[&>td]:first:pl-4 md:[&>td]:last:pr-4">
      <td>
        <Status look={lookOf(state === 'read' ? (outcome ?? '') : state)} />
      </td>
      <td className="max-md:text-right">
        <Link
          to="/projects/$projectId/runs/$runId"
          params={{ projectId, runId }}
          className="font-medium after:absolute after:inset-0"
        >
          {kindTitle(kind)}
        </Link>
      </td>
      <td>
        <Ago time={startedAt} />
      </td>
      <td className="numeric text-right max-md:text-muted">
        {seconds === null ? '' : formatSeconds(seconds)}
      </td>
      <td className="numeric text-right max-md:hidden">{newBytes === null ? '' : formatBytes(newBytes)}</td>
      <td className="text-muted max-md:col-span-2 md:max-w-96">
        <span className="line-clamp-2 [overflow-wrap:anywhere]">{sayingOf(run)}</span>
      </td>
    </tr>
  )
}

function sayingOf({ unreadable, state, errorMessage, degraded, manual, archive }: Run): string {
  if (state === 'newer') return 'Its report is of a newer toolkit, which alone can read it.'
  if (unreadable !== null) return 'Its report is damaged and cannot be read.'
  if (errorMessage !== null) return errorMessage
  const counts = [degraded > 0 && `${degraded} missing`, manual > 0 && `${manual} to do by hand`].filter(
    Boolean,
  )
  return [archive, ...counts].filter(Boolean).join(' · ')
}
