import { Chart, type Point, type Series } from './chart'
import { roundUp } from './scale'

const height = 100

/** Columns over time, one on the other where there are several series. */
export function Columns(props: {
  title: string
  summary: string
  series: readonly Series[]
  points: readonly Point[]
  format: (value: number) => string
  base?: number
}) {
  const { series, points, format, base = 10 } = props
  const sums = points.map(({ values }) => values.reduce<number>((sum, value) => sum + (value ?? 0), 0))
  const end = roundUp(Math.max(0, ...sums), base)
  return (
    <Chart {...props} top={format(end)}>
      {(summary) => (
        <svg
          role="img"
          aria-label={props.title}
          aria-describedby={summary}
          viewBox={`0 0 ${points.length} ${height}`}
          preserveAspectRatio="none"
          className="h-36 w-full border-line border-y"
        >
          {points.map((point, index) => (
            <Column key={point.label} point={point} x={index} end={end} series={series} format={format} />
          ))}
        </svg>
      )}
    </Chart>
  )
}

function Column(props: {
  point: Point
  x: number
  end: number
  series: readonly Series[]
  format: (value: number) => string
}) {
  const { point, x, end, series, format } = props
  const { label, values } = point
  let below = 0
  const parts = series.map(({ name, fill }, index) => {
    const share = ((values[index] ?? 0) / end) * height
    below += share
    return { name, fill, y: height - below, share }
  })
  const told = series.map(({ name }, index) => {
    const value = values[index] ?? null
    return `${series.length > 1 ? `${name} ` : ''}${value === null ? '–' : format(value)}`
  })
  return (
    <g className="hover:opacity-75">
      <title>{`${label}: ${told.join(', ')}`}</title>
      {/* The whole height answers to the pointer. */}
      <rect x={x} y={0} width={1} height={height} className="fill-transparent" />
      {parts.map(({ name, fill, y, share }) =>
        share > 0 ? (
          <rect key={name} x={x + 0.12} y={y} width={0.76} height={share} className={fill} />
        ) : null,
      )}
    </g>
  )
}
