import { useQuery } from '@tanstack/react-query'
import { Link, useRouteContext } from '@tanstack/react-router'
import { Bell } from 'lucide-react'
import { plural } from '~/client/units'
import { softTones } from '../status'
import { cn } from '../ui/cn'

/** A disk that fills is of no project, of which the stream of events would tell. */
const againEveryMs = 60_000

/** Alerts that are open and nobody has acknowledged. */
export function AlertsStrip() {
  const { trpc } = useRouteContext({ from: '__root__' })
  const { data } = useQuery({ ...trpc.alerts.summary.queryOptions(), refetchInterval: againEveryMs })
  if (data === undefined || data.count === 0) return null
  const { count, isCritical, subjects } = data
  const tone = isCritical ? 'bad' : 'warn'
  const more = count - subjects.length
  return (
    <section
      aria-label="Open alerts"
      className={cn('relative flex gap-2.5 rounded-lg border p-3 hover:border-current', softTones[tone])}
    >
      <Bell aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="grid min-w-0 gap-0.5 [overflow-wrap:anywhere]">
        <Link to="/alerts" className="font-semibold after:absolute after:inset-0 hover:underline">
          {plural(count, 'alert')} that nobody has acknowledged
        </Link>
        <p>
          {subjects.join(' · ')}
          {more > 0 && ` · and ${more} more`}
        </p>
      </div>
    </section>
  )
}
