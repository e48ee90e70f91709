import { kindTitle } from '~/client/kind-words'
import { isUnderWay } from '~/client/run-state'
import { formatSeconds } from '~/client/units'
import { ErrorPanel } from '../error-panel'
import { Crumbs, ScreenHead } from '../screen-head'
import { lookOf, Status } from '../status'
import { Ago } from '../time'
import { Card, CardHead } from '../ui/card'
import { Answer } from './answer'
import { CancelButton } from './cancel'
import type { RunDetails } from './details'
import { Findings } from './findings'
import { Live } from './live'
import { Log } from './log'
import { whyQueued } from './queued-runs'
import { ReportDetails } from './report-details'

/** One run: while it goes on, and what came of it. */
export function RunScreen({ run, mayCancel }: { run: RunDetails; mayCancel: boolean }) {
  const { projectId, runId, projectName, state, summary, report, kind } = run
  const isOver = !isUnderWay(state)
  const unread = summary !== null && summary.state !== 'read'
  const look = lookOf(state === 'ended' ? (unread ? summary.state : (summary?.outcome ?? '')) : state)
  return (
    <div className="stack gap-6">
      <ScreenHead
        above={<Crumbs project={{ id: projectId, name: projectName }} />}
        title={`${kindTitle(kind)} of ${projectName}`}
        status={
          <span role="status">
            <Status look={look} />
          </span>
        }
        note={<Circumstances run={run} />}
      >
        {!isOver && mayCancel && <CancelButton run={run} />}
      </ScreenHead>
      <WhyNothing run={run} />
      {!isOver && state !== 'queued' && <Live run={run} />}
      {state === 'answered' && <Answer projectId={projectId} runId={runId} />}
      {report !== null && (
        <>
          {report.error !== null && <ErrorPanel error={report.error} />}
          <Findings report={report} />
          <ReportDetails report={report} />
        </>
      )}
      {state !== 'answered' && (
        <Card aria-labelledby="log">
          <CardHead title="Log" id="log" />
          <Log projectId={projectId} runId={runId} isOver={isOver} />
        </Card>
      )}
    </div>
  )
}

function Circumstances({ run: { state, startedAt, startedBy, cancelledBy, summary } }: { run: RunDetails }) {
  const isBegun = state !== 'queued' && state !== 'cancelled'
  return (
    <p className="flex flex-wrap gap-x-3">
      {startedAt !== null && (
        <span>
          {!isBegun ? 'Asked for' : 'Began'} <Ago time={startedAt} />
        </span>
      )}
      {summary?.seconds != null && <span className="numeric">took {formatSeconds(summary.seconds)}</span>}
      {startedBy !== null && <span>started by {startedBy}</span>}
      {cancelledBy !== null && <span>cancelled by {cancelledBy}</span>}
    </p>
  )
}

/** Of a run without a report: why there is none. */
function WhyNothing({ run: { state, unreadable, launch, queued } }: { run: RunDetails }) {
  if (unreadable !== null) return <ErrorPanel error={unreadable} />
  if ((state === 'refused' || state === 'skipped') && launch?.problem)
    return <ErrorPanel error={launch.problem} />
  const texts: Record<string, string> = {
    crashed:
      'It was killed before it could report: its process is gone, as after a restart of the machine or when memory ran out. The next run of the project reports it; nothing that was there before is lost.',
    queued: `It is ${queued === null ? 'about to begin' : whyQueued(queued)}. It begins by itself, also after a restart of the dashboard.`,
    cancelled: 'It was taken out of the queue before its turn came. Nothing was done.',
    skipped: 'ONLY_IF, the operator’s own condition, said that now is not the time. Nothing was done.',
    lost: 'The dashboard ended before it knew what came of this run, and the run left nothing. Its log, if there is one, says more.',
  }
  const text = texts[state]
  return text === undefined ? null : <p className="rounded-lg border bg-surface p-4">{text}</p>
}
