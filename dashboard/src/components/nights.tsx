import type { Outputs } from '~/client/client'
import { dayOf } from '~/client/time'

type Project = Outputs['projects']['list'][number]
type Night = Project['nights'][number]

const dayMs = 86_400_000
const step = 6
const width = 4
const height = 20

/** How each kind of night looks: by height as well as by colour. */
const looks: Record<NonNullable<Night>, { top: number; className: string; word: string }> = {
  success: { top: 0, className: 'fill-good', word: 'good' },
  degraded: { top: 8, className: 'fill-warn', word: 'degraded' },
  failed: { top: 13, className: 'fill-bad', word: 'failed' },
  unreadable: { top: 13, className: 'fill-muted', word: 'with a report that cannot be read' },
}

/** A month of nights as a row of bars: tall is good, short is failed, a dot is none. */
export function Nights({
  project,
  isLarge = false,
}: {
  project: Pick<Project, 'nights' | 'nightsFrom'>
  isLarge?: boolean
}) {
  const { nights, nightsFrom } = project
  const from = Date.parse(nightsFrom)
  return (
    <svg
      viewBox={`0 0 ${nights.length * step - (step - width)} ${height}`}
      className={isLarge ? 'h-10 w-full max-w-md' : 'h-5 w-[178px]'}
      preserveAspectRatio={isLarge ? 'none' : 'xMinYMid'}
      role="img"
      aria-label={summaryOf(nights)}
    >
      {nights.map((night, index) => {
        const day = from + index * dayMs
        const look = night === null ? undefined : looks[night]
        const top = look?.top ?? height - 2
        return (
          <rect
            key={day}
            x={index * step}
            y={top}
            width={width}
            height={height - top}
            rx={isLarge ? 0.5 : 1}
            className={look?.className ?? 'fill-line-strong'}
          >
            {isLarge && <title>{`${dayOf(day)}: ${look?.word ?? 'no backup'}`}</title>}
          </rect>
        )
      })}
    </svg>
  )
}

function summaryOf(nights: readonly Night[]): string {
  const count = (kind: Night) => nights.filter((night) => night === kind).length
  const parts = (['success', 'degraded', 'failed', 'unreadable'] as const)
    .map((kind) => [count(kind), looks[kind].word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
  return `The last ${nights.length} days: ${[...parts, `${count(null)} without a backup`].join(', ')}`
}
