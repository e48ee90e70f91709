import type { Outputs } from '~/client/client'
import { formatBytes } from '~/client/units'

type File = NonNullable<Outputs['runs']['answer']['exported']>[number]

/** Beside what was asked for, an export holds these. */
const companions = /^(?:metadata\.json|storage\/buckets_metadata\.json|storage\/metadata\/.*)$/
/** What is more is had together. */
const mostApart = 3

/** What an export has written, to be saved: each file where they are few, and all of them together. */
export function ExportFiles(props: { projectId: string; runId: string; files: readonly File[] }) {
  const { projectId, runId, files } = props
  const address = `/api/downloads/${encodeURIComponent(projectId)}/${runId}`
  const wanted = files.filter(({ path }) => !companions.test(path))
  if (files.length === 0) return <span className="text-muted">It is gone: exports are kept for an hour.</span>
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-1 [overflow-wrap:anywhere]">
      {wanted.slice(0, mostApart).map(({ path, bytes }) => (
        <a
          key={path}
          className="text-accent-ink underline"
          href={`${address}?file=${encodeURIComponent(path)}`}
          download
        >
          {path.split('/').at(-1)} ({formatBytes(bytes)})
        </a>
      ))}
      {wanted.length !== 1 && (
        <a className="text-accent-ink underline" href={address} download>
          all as .tar
        </a>
      )}
    </span>
  )
}
