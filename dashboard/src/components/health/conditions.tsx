import { ArrowRight, CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { Status } from '../status'
import { cn } from '../ui/cn'

export interface ShownCondition {
  status: 'OK' | 'WARN' | 'FAIL'
  subject: string
  text: string
  remedy: string
}

const looks = {
  OK: { word: 'OK', tone: 'good', icon: CircleCheck },
  WARN: { word: 'Note', tone: 'warn', icon: TriangleAlert },
  FAIL: { word: 'Fails', tone: 'bad', icon: CircleX },
} as const

const order = ['FAIL', 'WARN', 'OK'] as const

/** What `--check` found, what stands in the way first. */
export function Conditions({ conditions }: { conditions: readonly ShownCondition[] }) {
  const sorted = conditions.toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  return (
    <ul className="divide-y">
      {sorted.map(({ status, subject, text, remedy }) => (
        <li
          key={`${subject} ${text}`}
          className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 px-4 py-2.5 sm:grid-cols-[5rem_9rem_minmax(0,1fr)] sm:gap-x-4"
        >
          <Status look={looks[status]} className="self-start" />
          <span className="font-medium">{subject}</span>
          <div className="min-w-0 [overflow-wrap:anywhere] max-sm:col-span-2">
            <p className={cn(status === 'OK' && 'text-muted')}>{text}</p>
            {remedy !== '' && (
              <p className="flex gap-1.5">
                <ArrowRight aria-hidden className="mt-0.5 size-3.5 shrink-0 text-muted" />
                <span className="min-w-0">{remedy}</span>
              </p>
            )}
          </div>
        </li>
      ))}
    </ul>
  )
}

/** How a check came out, in a word. */
export function lookOfCheck({ failures, warnings }: { failures: number; warnings: number }) {
  if (failures > 0) return { ...looks.FAIL, word: failures === 1 ? '1 fails' : `${failures} fail` }
  if (warnings > 0) return { ...looks.WARN, word: warnings === 1 ? '1 note' : `${warnings} notes` }
  return { ...looks.OK, word: 'All in order' }
}
