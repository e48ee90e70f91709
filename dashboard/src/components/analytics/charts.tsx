import { formatBytes, formatSeconds, plural } from '~/client/units'
import type { Point, Series } from '../charts/chart'
import { Columns } from '../charts/columns'
import { Line } from '../charts/line'
import { Card } from '../ui/card'
import { type Analytics, bucketWord, change, percent, rate } from './words'

const outcomes: readonly Series[] = [
  { name: 'Went well', fill: 'fill-good', mark: 'bg-good' },
  { name: 'Degraded', fill: 'fill-warn', mark: 'bg-warn' },
  { name: 'Failed', fill: 'fill-bad', mark: 'bg-bad' },
]
const one = (name: string): readonly Series[] => [{ name, fill: 'fill-accent', mark: 'bg-accent' }]
const dayMs = 86_400_000

export function Charts({ analytics }: { analytics: Analytics }) {
  const { buckets, unit, totals } = analytics
  const pointsOf = (valuesOf: (bucket: Analytics['buckets'][number]) => (number | null)[]): Point[] =>
    buckets.map((bucket) => ({ label: bucketWord(bucket.start, unit), values: valuesOf(bucket) }))
  const count = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 1 })
  const { good, degraded, failed } = totals.backups
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Card>
        <Columns
          title={`Backups by ${unit}`}
          summary={`${percent(totals.successRate)} of ${plural(good + degraded + failed, 'backup')} went well.`}
          series={outcomes}
          points={pointsOf(({ backups }) => [backups.good, backups.degraded, backups.failed])}
          format={count}
        />
      </Card>
      <Card>
        <StorageChart analytics={analytics} />
      </Card>
      <Card>
        <Columns
          title="How long a backup takes"
          summary={
            totals.meanSeconds === null
              ? 'None ended in this time.'
              : `${formatSeconds(totals.meanSeconds)} in the middle, ${formatSeconds(totals.longestSeconds ?? 0)} at most.`
          }
          series={one('Mean')}
          points={pointsOf(({ meanSeconds }) => [meanSeconds])}
          format={formatSeconds}
        />
      </Card>
      <Card>
        <Columns
          title="New in repositories"
          summary={`${formatBytes(totals.newBytes)} in all: ${percent(totals.newShare)} of what archives hold was new, the rest is there already.`}
          series={one('New')}
          points={pointsOf(({ newBytes }) => [newBytes])}
          format={formatBytes}
          base={1024}
        />
      </Card>
      <Card>
        <Columns
          title="Throughput"
          summary={`${rate(totals.bytesPerSecond)}: what archives hold, by the time their runs took.`}
          series={one('A second')}
          points={pointsOf(({ bytesPerSecond }) => [bytesPerSecond])}
          format={rate}
          base={1024}
        />
      </Card>
      <Card>
        <Columns
          title="Fetched from the projects"
          summary={`${formatBytes(totals.bytesFetched)} over the network, which is their egress.`}
          series={one('Fetched')}
          points={pointsOf(({ bytesFetched }) => [bytesFetched])}
          format={formatBytes}
          base={1024}
        />
      </Card>
    </div>
  )
}

const storageSeries: readonly [Series, Series] = [
  { name: 'Size', fill: 'fill-accent', mark: 'bg-accent' },
  { name: 'Expected', fill: 'fill-muted', mark: 'bg-muted' },
]

function StorageChart({ analytics: { buckets, unit, totals, forecast } }: { analytics: Analytics }) {
  const known = buckets.map(({ start, storageBytes }, index) => ({
    label: bucketWord(start, unit),
    // The line of what is expected begins where the other ends.
    values: [storageBytes, index === buckets.length - 1 && forecast !== null ? storageBytes : null],
  }))
  const last = buckets.at(-1)
  const step = unit === 'day' ? dayMs : 7 * dayMs
  const aheadSteps = forecast === null || last === undefined ? 0 : Math.ceil(buckets.length / 3)
  const expected = Array.from({ length: aheadSteps }, (_, index) => {
    const days = ((index + 1) * step) / dayMs
    return {
      label: bucketWord(new Date(Date.parse(last?.start ?? '') + (index + 1) * step).toISOString(), unit),
      values: [null, Math.max(0, (totals.storageBytes ?? 0) + (forecast?.bytesPerDay ?? 0) * days)],
    }
  })
  return (
    <Line
      title="Size of the repositories"
      summary={forecastWords(forecast)}
      series={storageSeries}
      points={[...known, ...expected]}
      format={formatBytes}
      base={1024}
    />
  )
}

function forecastWords(forecast: Analytics['forecast']): string {
  if (forecast === null)
    return 'Too few sizes to say where it leads: a forecast takes five, of five days or more.'
  const { bytesPerDay, fit, points, days, ahead, method } = forecast
  const in90 = ahead.find((one) => one.days === 90)?.bytes ?? 0
  // Of a size that stays there is no change to explain.
  if (Math.round(bytesPerDay) === 0)
    return `As good as unchanged over ${Math.round(days)} days (${points} sizes): ${formatBytes(in90)} in 90 days, if it goes on so.`
  return `${change(Math.round(bytesPerDay))} a day: ${formatBytes(in90)} in 90 days, if it goes on so. Method: ${method}, from ${points} sizes of ${Math.round(days)} days; the line explains ${percent(fit, 0)} of the change.`
}
