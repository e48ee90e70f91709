import { CircleX } from 'lucide-react'
import type { ToolkitError } from '~/shared/toolkit-error'
import { ErrorHelp } from './error-help'

/** An error of the toolkit: what went wrong, what was seen, what to do. */
export function ErrorPanel({ error: { code, message, detail, suggestion, phase } }: { error: ToolkitError }) {
  return (
    <section
      aria-label="What went wrong"
      className="flex gap-3 rounded-lg border border-bad/40 bg-bad-soft p-4"
    >
      <CircleX aria-hidden className="mt-0.5 size-5 shrink-0 text-bad" />
      <div className="grid min-w-0 gap-2 [overflow-wrap:anywhere]">
        <p className="font-medium">{message}</p>
        <p>{suggestion}</p>
        {detail !== null && (
          <pre className="max-h-60 overflow-auto whitespace-pre-wrap rounded-md border bg-surface p-2.5 font-mono text-[13px]">
            {detail}
          </pre>
        )}
        <div className="flex flex-wrap items-start gap-x-4">
          <ErrorHelp code={code} />
          <span className="text-muted">in {phase}</span>
        </div>
      </div>
    </section>
  )
}
