import { Chart, type Point, type Series } from './chart'
import { roundUp } from './scale'

const height = 100

/** A line over time, and where it is expected to lead, which is dashed. */
export function Line(props: {
  title: string
  summary: string
  series: readonly [Series, Series]
  /** Each with what it was and what is expected. */
  points: readonly Point[]
  format: (value: number) => string
  base?: number
}) {
  const { points, format, base = 10 } = props
  const end = roundUp(Math.max(0, ...points.flatMap(({ values }) => values.map((value) => value ?? 0))), base)
  const width = Math.max(1, points.length - 1)
  const place = (index: number, value: number) => `${index},${height - (value / end) * height}`
  const path = (series: number) =>
    points
      .flatMap(({ values }, index) => {
        const value = values[series] ?? null
        return value === null ? [] : [place(index, value)]
      })
      .join(' ')
  const known = points.filter(({ values }) => (values[0] ?? null) !== null).length
  return (
    <Chart {...props} top={format(end)}>
      {(summary) => (
        <svg
          role="img"
          aria-label={props.title}
          aria-describedby={summary}
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          className="h-36 w-full overflow-visible border-line border-y"
        >
          {known > 1 && (
            <polygon points={`0,${height} ${path(0)} ${known - 1},${height}`} className="fill-accent/15" />
          )}
          <polyline
            points={path(0)}
            className="fill-none stroke-2 stroke-accent"
            vectorEffect="non-scaling-stroke"
          />
          <polyline
            points={path(1)}
            className="fill-none stroke-2 stroke-muted [stroke-dasharray:5_4]"
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      )}
    </Chart>
  )
}
