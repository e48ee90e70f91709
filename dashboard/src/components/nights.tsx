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

const none = { top: height - 2, className: 'fill-line-strong', word: 'no backup' }

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
      className={isLarge ? 'h-10 w-full' : 'h-5 w-[178px]'}
      preserveAspectRatio={isLarge ? 'none' : 'xMinYMid'}
      role="img"
      aria-label={summaryOf(nights)}
    >
      {isLarge ? (
        nights.map((night, index) => {
          const day = from + index * dayMs
          const { path, className, word } = barOf(night, index)
          return (
            <path key={day} d={path} className={className}>
              <title>{`${dayOf(day)}: ${word}`}</title>
            </path>
          )
        })
      ) : (
        <Small nights={nights} />
      )}
    </svg>
  )
}

/** A path for each kind of night: there may be hundreds of projects on a page. */
function Small({ nights }: { nights: readonly Night[] }) {
  const bars = nights.map(barOf)
  return [...new Set(bars.map(({ className }) => className))].map((className) => (
    <path
      key={className}
      d={bars
        .filter((bar) => bar.className === className)
        .map(({ path }) => path)
        .join('')}
      className={className}
    />
  ))
}

function barOf(night: Night, index: number) {
  const { top, className, word } = night === null ? none : looks[night]
  return { path: `M${index * step} ${top}h${width}V${height}h-${width}z`, className, word }
}

function summaryOf(nights: readonly Night[]): string {
  const count = (kind: Night) => nights.filter((night) => night === kind).length
  const parts = (['success', 'degraded', 'failed', 'unreadable'] as const)
    .map((kind) => [count(kind), looks[kind].word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
  return `The last ${nights.length} days: ${[...parts, `${count(null)} without a backup`].join(', ')}`
}
