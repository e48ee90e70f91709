import { Link } from '@tanstack/react-router'
import { formatBytes } from '~/client/units'
import { Columns } from '../charts/columns'
import { Card } from '../ui/card'
import { cn } from '../ui/cn'
import { type Analytics, monthWord, percent } from './words'

const series = [{ name: 'Fetched', fill: 'fill-accent', mark: 'bg-accent' }]
const mostBudgets = 6

/** What backups read from the projects in each month, and what of it was allowed. */
export function EgressCard({ egress: { months, budgets } }: { egress: Analytics['egress'] }) {
  const now = months.at(-1)
  return (
    <Card>
      <Columns
        title="Egress by month"
        summary={`${formatBytes(now?.bytes ?? 0)} in this month so far.`}
        series={series}
        points={months.map(({ month, bytes }) => ({ label: monthWord(month), values: [bytes] }))}
        format={formatBytes}
        base={1024}
      />
      {budgets.length === 0 ? (
        <p className="border-t px-4 py-3 text-muted">
          No project here has a budget. STORAGE_EGRESS_BUDGET_MONTH in its env file sets one.
        </p>
      ) : (
        <ul className="border-t">
          {budgets.slice(0, mostBudgets).map((one) => (
            <Budget key={one.id} {...one} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function Budget({ id, name, used, budget }: Analytics['egress']['budgets'][number]) {
  const share = used / budget
  return (
    <li className="stack gap-1.5 border-b px-4 py-2.5 last:border-b-0">
      <div className="flex flex-wrap gap-x-3">
        <Link
          to="/projects/$projectId"
          params={{ projectId: id }}
          className="truncate font-medium hover:underline"
        >
          {name}
        </Link>
        <span className={cn('numeric ml-auto', share >= 1 ? 'font-medium text-bad' : 'text-muted')}>
          {formatBytes(used)} of {formatBytes(budget)}, {percent(share, 0)}
        </span>
      </div>
      <svg
        aria-hidden
        viewBox="0 0 100 1"
        preserveAspectRatio="none"
        className="h-1.5 w-full rounded-full bg-line"
      >
        <rect
          width={Math.min(100, share * 100)}
          height={1}
          className={share >= 1 ? 'fill-bad' : share >= 0.8 ? 'fill-warn' : 'fill-accent'}
        />
      </svg>
    </li>
  )
}
