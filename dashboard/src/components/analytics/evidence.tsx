import { useMutation } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { problemOf } from '~/client/problem'
import { plural } from '~/client/units'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import type { Analytics, AnalyticsFilter } from './words'

/** Which projects a drill has proven, and the page of it for auditors. */
export function EvidenceCard({ analytics, filter }: { analytics: Analytics; filter: AnalyticsFilter }) {
  const { projects } = analytics
  const unproven = projects.filter(({ drills }) => drills.good === 0)
  const proven = projects.length - unproven.length
  return (
    <Card>
      <CardHead title="Proof by drills">
        <EvidenceButton filter={filter} />
      </CardHead>
      <div className="stack gap-3 p-4">
        <p>
          {proven === projects.length
            ? `A drill has proven ${projects.length === 1 ? 'this project' : `all ${projects.length} projects`} in this time.`
            : `A drill has proven ${proven} of ${plural(projects.length, 'project')} in this time.`}{' '}
          <span className="text-muted">
            In a drill the newest archive is restored into a disposable target and compared with the backup.
          </span>
        </p>
        {unproven.length > 0 && (
          <div className="stack gap-1">
            <p className="font-medium">Not proven</p>
            <p className="text-muted">{namesOf(unproven.map(({ name }) => name))}</p>
          </div>
        )}
        <p className="text-muted">
          The report names every drill with its archive, what was compared and what came of it, and has a
          place to sign. It is a page of its own that prints well.
        </p>
      </div>
    </Card>
  )
}

const mostNames = 12

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(', ')
  return names.length > mostNames ? `${shown} and ${plural(names.length - mostNames, 'other')}` : shown
}

function EvidenceButton({ filter: { days, project, group } }: { filter: AnalyticsFilter }) {
  const { trpc, queryClient } = useRouteContext({ from: '__root__' })
  const download = useMutation({
    mutationFn: () =>
      queryClient.fetchQuery(
        trpc.analytics.evidence.queryOptions({ days, project, group }, { staleTime: 0 }),
      ),
    onSuccess: ({ html, fileName }) => save(html, fileName),
  })
  return (
    <>
      {download.isError && <ProblemNote problem={problemOf(download.error)} />}
      <Button size="small" onClick={() => download.mutate()} disabled={download.isPending}>
        <Download aria-hidden />
        Report for auditors
      </Button>
    </>
  )
}

function save(html: string, fileName: string): void {
  const address = URL.createObjectURL(new Blob([html], { type: 'text/html' }))
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  URL.revokeObjectURL(address)
}
