import { useQuery } from '@tanstack/react-query'
import { useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'

/** What the toolkit's page of errors says of a code, when it is asked for. */
export function ErrorHelp({ code }: { code: string }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const [isOpen, setOpen] = useState(false)
  const help = useQuery(trpc.help.error.queryOptions({ code }, { enabled: isOpen }))
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="w-fit text-muted">
        About <code className="font-mono text-[13px]">{code}</code>
      </summary>
      <div className="grid gap-1 pt-1">
        {help.isPending && <p className="text-muted">…</p>}
        {help.isError && <p className="text-muted">The page of errors cannot be read now.</p>}
        {help.data === null && (
          <p className="text-muted">
            This code is the dashboard’s own; all that is known of it stands above.
          </p>
        )}
        {help.data?.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
      </div>
    </details>
  )
}
