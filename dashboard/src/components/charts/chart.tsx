import { useId } from 'react'
import { cn } from '../ui/cn'

export interface Series {
  name: string
  /** Classes for what is painted: `fill-good`. */
  fill: string
  /** For the mark in the legend: `bg-good`. */
  mark: string
}

export interface Point {
  label: string
  values: readonly (number | null)[]
}

/** A drawing with its words: what it shows in a sentence, what its marks mean, and all its numbers in a table. */
export function Chart(props: {
  title: string
  /** What can be seen in it, for those who do not see it. */
  summary: string
  series: readonly Series[]
  points: readonly Point[]
  /** The end of the axis, as it is written. */
  top: string
  format: (value: number) => string
  /** @param summary id of the sentence */
  children: (summary: string) => React.ReactNode
}) {
  const { title, summary, series, points, top, format, children } = props
  const id = useId()
  return (
    <figure className="stack gap-2 p-4">
      <figcaption className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h2 className="font-semibold">{title}</h2>
        {series.length > 1 && <Legend series={series} />}
      </figcaption>
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-2">
        <div
          aria-hidden
          className="numeric flex min-w-10 flex-col justify-between text-right text-muted text-xs"
        >
          <span>{top}</span>
          <span>0</span>
        </div>
        {children(`${id}-summary`)}
        <div aria-hidden className="col-start-2 flex justify-between pt-1 text-muted text-xs">
          <span>{points[0]?.label}</span>
          {points.length > 1 && <span>{points.at(-1)?.label}</span>}
        </div>
      </div>
      <p id={`${id}-summary`} className="text-muted">
        {summary}
      </p>
      <Numbers title={title} series={series} points={points} format={format} />
    </figure>
  )
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="ml-auto flex flex-wrap gap-x-3 text-[13px] text-muted">
      {series.map(({ name, mark }) => (
        <li key={name} className="flex items-center gap-1.5">
          <span aria-hidden className={cn('size-2.5 rounded-xs', mark)} />
          {name}
        </li>
      ))}
    </ul>
  )
}

function Numbers({
  title,
  series,
  points,
  format,
}: {
  title: string
  series: readonly Series[]
  points: readonly Point[]
  format: (value: number) => string
}) {
  return (
    <details className="text-[13px]">
      <summary className="w-fit rounded-sm text-muted hover:text-ink">As a table</summary>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard.
        tabIndex={0}
        aria-label={title}
        className="mt-2 max-h-60 overflow-auto rounded-md border"
      >
        <table className="numeric w-full border-collapse text-right">
          <thead className="sticky top-0 bg-surface">
            <tr className="border-b [&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
              <th scope="col" className="text-left">
                When
              </th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {points.map(({ label, values }) => (
              <tr key={label} className="border-b last:border-b-0 [&>*]:px-3 [&>*]:py-1">
                <th scope="row" className="text-left">
                  {label}
                </th>
                {series.map(({ name }, index) => {
                  const value = values[index] ?? null
                  return <td key={name}>{value === null ? '–' : format(value)}</td>
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  )
}
