import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import type { Outputs } from '~/client/client'
import { problemOf } from '~/client/problem'
import { formatSeconds } from '~/client/units'
import { ExportFiles } from '../archives/export-files'
import { ProblemNote } from '../problem-note'
import { Previewed } from '../restore/previewed'
import { lookOf, Status } from '../status'
import { Card, CardHead } from '../ui/card'
import { Code } from '../ui/copy'

type Answered = Outputs['runs']['answer']

/** What a script has answered that writes no report: a preview, a verification, an export, a deletion, a pin. */
export function Answer({ projectId, runId }: { projectId: string; runId: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const answer = useQuery(trpc.runs.answer.queryOptions({ projectId, runId }))
  if (answer.isError) return <ProblemNote problem={problemOf(answer.error)} />
  if (answer.data === undefined) return null
  const { previewed, verified, exported, exportedTo, options } = answer.data
  return (
    <Card aria-labelledby="answer">
      <CardHead title="What it says" id="answer" />
      <div className="grid gap-3 p-4">
        {options && 'archive' in options && options.archive !== undefined && (
          <p className="text-muted [overflow-wrap:anywhere]">About {options.archive}</p>
        )}
        {previewed && <Previewed previewed={previewed} />}
        {verified && <Verified verified={verified} />}
        {exported && <ExportFiles projectId={projectId} runId={runId} files={exported} />}
        {exportedTo !== null && (
          <div className="grid gap-2">
            <p>It lies here, in clear, until its schedule has made as many newer ones as it keeps:</p>
            <Code text={exportedTo} />
          </div>
        )}
        {options?.kind === 'delete' && <p>It is deleted.</p>}
        {options?.kind === 'pin' && <p>It is pinned: retention keeps it, and it is not deleted.</p>}
        {options?.kind === 'unpin' && <p>It is not pinned any more: retention decides about it.</p>}
      </div>
    </Card>
  )
}

function Verified({ verified }: { verified: NonNullable<Answered['verified']> }) {
  return (
    <>
      <p>Every file is there, and is as its manifest has it.</p>
      <ul className="divide-y rounded-md border">
        {verified.components.map(({ component, status, seconds }) => (
          <li key={component} className="flex flex-wrap items-center gap-x-4 px-3 py-2">
            <span className="font-medium">{component}</span>
            <Status look={lookOf(status)} />
            <span className="numeric ml-auto text-muted">{formatSeconds(seconds)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
