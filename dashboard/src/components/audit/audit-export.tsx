import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { problemOf } from '~/client/problem'
import { saveFile } from '~/client/save-file'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import type { timesOf } from './audit-filters'

/** What is shown, all of it, as a file. */
export function AuditExport({ filter }: { filter: ReturnType<typeof timesOf> }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const take = useMutation(
    trpc.audit.export.mutationOptions({
      gcTime: 0,
      onSuccess: ({ text }, { format }) => saveFile(text, `audit.${format}`),
    }),
  )
  return (
    <>
      {take.isError && <ProblemNote problem={problemOf(take.error)} />}
      {take.data?.isCut === true && (
        <span role="status" className="text-warn">
          Only the oldest {take.data.entries} entries are in it: filter by time for the rest.
        </span>
      )}
      {(['csv', 'json'] as const).map((format) => (
        <Button
          key={format}
          size="small"
          disabled={take.isPending}
          onClick={() => take.mutate({ ...filter, format })}
        >
          <Download />
          {format.toUpperCase()}
        </Button>
      ))}
    </>
  )
}
