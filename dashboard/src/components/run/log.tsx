import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'

const againMs = 2000

/** The end of the run's log, when it is asked for; while it goes on, again and again. */
export function Log({ projectId, runId, isOver }: { projectId: string; runId: string; isOver: boolean }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const [isOpen, setOpen] = useState(false)
  const log = useQuery({
    ...trpc.runs.log.queryOptions({ projectId, runId }, { enabled: isOpen }),
    refetchInterval: isOver ? false : againMs,
  })
  return (
    <div className="grid gap-3 p-4">
      {!isOpen && (
        <div>
          <Button onClick={() => setOpen(true)}>Show the log</Button>
        </div>
      )}
      {isOpen && log.isPending && <p className="text-muted">The log is being read …</p>}
      {log.isError && <ProblemNote problem={problemOf(log.error)} />}
      {log.data === null && (
        <p className="text-muted">There is no log of this run, or it is not kept any more.</p>
      )}
      {log.data?.isCut && <p className="text-muted">The last 64 KiB of it:</p>}
      {log.data && (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is to be reached by keyboard
          tabIndex={0}
          aria-label="Log"
          className="max-h-[60dvh] overflow-auto whitespace-pre-wrap rounded-md border bg-page p-3 font-mono text-[13px] leading-relaxed [overflow-wrap:anywhere]"
        >
          {log.data.text}
        </section>
      )}
    </div>
  )
}
