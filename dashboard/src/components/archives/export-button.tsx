import { useMutation, useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { Download } from 'lucide-react'
import { problemOf } from '~/client/problem'
import { isUnderWay } from '~/client/run-state'
import type { StartOptions } from '~/server/runner/start-options'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { ExportFiles } from './export-files'

const askEveryMs = 1500

/** Has something taken out of a backup, and offers it when it is there. */
export function ExportButton(props: {
  projectId: string
  label: string
  options: Omit<Extract<StartOptions, { kind: 'export' }>, 'kind'>
}) {
  const { projectId, label, options } = props
  const { trpc } = useRouteContext({ from: '__root__' })
  const start = useMutation(trpc.runs.start.mutationOptions())
  const runId = start.data?.runId ?? ''
  const run = useQuery({
    ...trpc.runs.get.queryOptions({ projectId, runId }),
    enabled: runId !== '',
    refetchInterval: ({ state: { data } }) =>
      data === undefined || isUnderWay(data.state) ? askEveryMs : false,
  })
  const isDone = run.data?.state === 'answered'
  const answer = useQuery({ ...trpc.runs.answer.queryOptions({ projectId, runId }), enabled: isDone })
  const files = answer.data?.exported
  const isLost = run.data !== undefined && !isUnderWay(run.data.state) && !isDone
  if (start.isError) return <ProblemNote problem={problemOf(start.error)} />
  const failed = run.data?.launch?.problem
  if (failed) return <ProblemNote problem={failed} />
  if (files) return <ExportFiles projectId={projectId} runId={runId} files={files} />
  return (
    <Button
      size="small"
      disabled={start.isPending || (runId !== '' && !isLost)}
      onClick={() => start.mutate({ projectId, options: { kind: 'export', ...options } })}
    >
      <Download />
      {runId === '' || isLost
        ? label
        : run.data?.state === 'queued'
          ? 'Waiting its turn …'
          : 'Taking it out …'}
    </Button>
  )
}
