import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Skeleton } from '../ui/skeleton'

/** What a script has to say, which takes a while: until then that it is asked, or why it could not say it. */
export function Asked<Answer>({
  query,
  waiting,
  children,
}: {
  query: { data: Answer | undefined; error: unknown; isError: boolean }
  waiting: string
  children: (answer: Answer) => React.ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError)
    return (
      <div className="p-4">
        <ProblemNote problem={problemOf(query.error)} />
      </div>
    )
  return (
    <div role="status" className="grid gap-2 p-4">
      <span className="text-muted">{waiting}</span>
      <Skeleton className="h-6" />
      <Skeleton className="h-6 w-2/3" />
    </div>
  )
}
