import { useInfiniteQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { ScreenHead } from '../screen-head'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Empty } from '../ui/empty'
import { Skeleton } from '../ui/skeleton'
import { AuditExport } from './audit-export'
import { AuditFilters, type AuditSearch, timesOf } from './audit-filters'
import { AuditTable } from './audit-table'
import { ChainCheck } from './chain-check'

/** Who did what, also what was denied and what failed. */
export function AuditScreen(props: {
  filter: AuditSearch
  onFilter: (changes: Partial<AuditSearch>) => void
}) {
  const { filter, onFilter } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data: known } = useSuspenseQuery(trpc.audit.known.queryOptions())
  const sent = timesOf(filter)
  const entries = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions(sent, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  )
  const rows = entries.data?.pages.flatMap((page) => page.entries) ?? []
  return (
    <div className="stack gap-6">
      <ScreenHead
        title="Audit"
        note="Who did what, what was denied, and what failed. Entries are only ever added."
      />
      <ChainCheck />
      <Card aria-labelledby="entries">
        <CardHead title="Entries" id="entries">
          <AuditExport filter={sent} />
        </CardHead>
        <AuditFilters filter={filter} known={known} onFilter={onFilter} />
        {entries.isError ? (
          <div className="p-4">
            <ProblemNote problem={problemOf(entries.error)} />
          </div>
        ) : entries.isPending ? (
          <Skeleton className="m-4 h-64" />
        ) : rows.length === 0 ? (
          <Empty title="No entry is like that">
            <p>Take a filter away to see more.</p>
          </Empty>
        ) : (
          <AuditTable rows={rows} />
        )}
        {entries.hasNextPage && (
          <div className="border-t p-3 text-center">
            <Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
              {entries.isFetchingNextPage ? 'Reading …' : 'Show older ones'}
            </Button>
          </div>
        )}
      </Card>
    </div>
  )
}
