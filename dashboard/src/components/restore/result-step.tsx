import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { isUnderWay } from '~/client/run-state'
import { ErrorPanel } from '../error-panel'
import { Findings } from '../run/findings'
import { Live } from '../run/live'
import { ReportDetails } from '../run/report-details'
import { lookOf, Status } from '../status'
import { Button } from '../ui/button'
import { Card, CardHead } from '../ui/card'
import { Rollback } from './rollback'
import type { StepProps } from './step-props'

const askEveryMs = 1500

/** How far it is; then what came of it, and the way back. */
export function ResultStep({ project, role, draft, onChange }: StepProps) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { id: projectId } = project
  const runId = draft.runId ?? ''
  const { data: run } = useQuery({
    ...trpc.runs.get.queryOptions({ projectId, runId }),
    enabled: runId !== '',
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && isUnderWay(data.state) ? askEveryMs : false,
  })
  if (run === undefined) return <p role="status">It is being read …</p>
  const isOver = !isUnderWay(run.state)
  const canRollBack = isOver && run.kind === 'restore' && !draft.noSafetyBackup && run.report !== null
  return (
    <div className="stack gap-6">
      <Card aria-labelledby="result">
        <CardHead title={isOver ? 'What came of it' : 'It goes on'} id="result">
          <Status look={lookOf(run.state === 'ended' ? (run.summary?.outcome ?? '') : run.state)} />
          <Button asChild size="small">
            <Link to="/projects/$projectId/runs/$runId" params={{ projectId, runId }}>
              The run with its log
            </Link>
          </Button>
          {isOver && (
            <Button size="small" onClick={() => onChange({ runId: null }, 'confirm')}>
              Again
            </Button>
          )}
        </CardHead>
        {run.launch?.problem && (
          <div className="p-4">
            <ErrorPanel error={run.launch.problem} />
          </div>
        )}
      </Card>
      {!isOver && <Live run={run} />}
      {run.report?.error && <ErrorPanel error={run.report.error} />}
      {run.report && (
        <>
          <ReportDetails report={run.report} />
          <Findings report={run.report} />
        </>
      )}
      {canRollBack && <Rollback project={project} role={role} draft={draft} />}
    </div>
  )
}
