import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { CircleCheck, LoaderCircle, OctagonX } from 'lucide-react'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { Status } from '../status'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Code } from '../ui/copy'

const breaches = {
  missing: 'entries before it are missing',
  altered: 'it is not what was written',
  unchained: 'it was written after another entry than the one before it',
}

/** Whether the entries are as they were written: each carries the hash of the one before. */
export function ChainCheck() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const check = useQuery(trpc.audit.check.queryOptions(undefined, { staleTime: 60_000 }))
  const broken = check.data?.broken ?? null
  const look =
    check.data === undefined
      ? ({ word: 'Being looked at', tone: 'quiet', icon: LoaderCircle } as const)
      : broken === null
        ? ({ word: 'Unbroken', tone: 'good', icon: CircleCheck } as const)
        : ({ word: `Broken at entry ${broken.seq}`, tone: 'bad', icon: OctagonX } as const)
  return (
    <Card aria-labelledby="chain">
      <CardHead title="Chain of hashes" id="chain">
        {!check.isError && <Status look={look} />}
        <Button size="small" disabled={check.isFetching} onClick={() => void check.refetch()}>
          Check again
        </Button>
      </CardHead>
      <div className="stack gap-3 p-4">
        {check.isError && <ProblemNote problem={problemOf(check.error)} />}
        {check.data !== undefined && (
          <p>
            {broken === null
              ? `${plural(check.data.entries, 'entry', 'entries')}, each as it was written.`
              : `Of entry ${broken.seq} on nothing is sure: ${breaches[broken.why]}. The ${plural(check.data.entries, 'entry', 'entries')} before are as they were written.`}
          </p>
        )}
        {check.data?.last && (
          <div className="stack gap-1">
            <p className="text-muted">
              Keep this elsewhere: if entry {check.data.last.seq} has another hash one day, or is gone, the
              end was cut off.
            </p>
            <Code text={check.data.last.hash} />
          </div>
        )}
      </div>
    </Card>
  )
}
