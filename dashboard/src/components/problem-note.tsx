import { CircleX } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ShownProblem } from '~/client/problem'
import { ErrorHelp } from './error-help'

/** What went wrong, and what to do. */
export function ProblemNote({ problem }: { problem: ShownProblem }) {
  const note = useRef<HTMLDivElement>(null)
  // It comes below what was read: in a dialog that scrolls it would be out of sight.
  useEffect(() => {
    if (note.current?.closest('[role=dialog]') != null) note.current.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <div ref={note} role="alert" className="flex gap-2.5 rounded-md border border-bad/40 bg-bad-soft p-3">
      <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
      <div className="grid min-w-0 gap-1 [overflow-wrap:anywhere]">
        <p className="font-medium">{problem.message}</p>
        <p>{problem.suggestion}</p>
        {problem.detail !== null && <p className="text-muted">{problem.detail}</p>}
        <ErrorHelp code={problem.code} />
      </div>
    </div>
  )
}
